import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

const PROCESSORS = `{
  processors { id name owner purpose fields { name description } platforms consent privacyPolicyUrl optOutUrl }
}`;

describe('processors', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway?.stop());

  it('tell anyone who gets which data, why, from which platforms, and with which consent', async () => {
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

  it('name the mail relay among them, with every field of a mail', async () => {
    const { data } = await gateway.call({ query: PROCESSORS });
    const relay = data.processors.find(({ id }: { id: string }) => id === 'mail-delivery');
    expect(relay).toMatchObject({ platforms: ['GATEWAY'], consent: null });
    expect(relay.fields.map(({ name }: { name: string }) => name)).toEqual(
      expect.arrayContaining(['from', 'to', 'subject', 'text', 'html']),
    );
  });
});
