import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';

const PROCESSORS = `{
  processors { id name owner purpose fields { name description } platforms consent privacyPolicyUrl optOutUrl }
}`;

describe('processors', () => {
  const gateway = useGateway();

  it('show anyone who gets which data, why, from which platforms, and with which consent', async () => {
    const { data, errors } = await gateway.call({ query: PROCESSORS });
    expect(errors).toBeUndefined();
    expect(data.processors).toContainEqual({
      id: 'firebase-crashlytics',
      name: 'Firebase Crashlytics',
      owner: 'Google',
      purpose: expect.stringContaining('Anonymous') as string,
      fields: expect.arrayContaining([
        { name: 'crashReport', description: expect.stringMatching(/without personal/) as string },
      ]) as unknown[],
      platforms: ['MACOS', 'IOS', 'ANDROID'],
      consent: 'DIAGNOSTICS',
      privacyPolicyUrl: 'https://firebase.google.com/support/privacy',
      optOutUrl: null,
    });
  });

  it('name every way out that the privacy policy promises, in the reader’s language', async () => {
    const { data } = await gateway.call({
      query: `{ processors { id optOutUrl otherOptOuts { url en: text de: text(locale: DE) es: text(locale: ES) } } }`,
    });
    const of = (id: string) => data.processors.find((each: { id: string }) => each.id === id);
    expect(of('google-ads').optOutUrl).toBe('https://adssettings.google.com');
    const { otherOptOuts } = of('google-ads');
    expect(otherOptOuts.map(({ url }: { url: string }) => new URL(url).hostname)).toEqual([
      'thenai.org',
      'support.apple.com',
      'support.google.com',
    ]);
    for (const { en, de, es } of otherOptOuts) expect(new Set([en, de, es]).size).toBe(3);
    expect(of('google-analytics').otherOptOuts).toHaveLength(1);
    expect(of('mail-delivery').otherOptOuts).toEqual([]);
  });

  it('name the mail relay among them, with every field of a mail', async () => {
    const { data } = await gateway.call({ query: PROCESSORS });
    const relay = data.processors.find(({ id }: { id: string }) => id === 'mail-delivery');
    expect(relay).toMatchObject({ platforms: ['GATEWAY'], consent: null });
    expect(relay.fields.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['from', 'to', 'subject', 'text', 'html']),
    );
  });
});
