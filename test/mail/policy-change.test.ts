import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayFromNow, startTestGateway, type TestGateway } from '../support/gateway.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import { type PolicyFolder, policyFolder } from '../support/policy.js';

const first = { version: 'first', effectiveOn: '2026-01-01' };
const next = { version: 'next', effectiveOn: dayFromNow(30), material: true };

describe('a material change of the privacy policy', () => {
  let folder: PolicyFolder;
  let server: MailServer;
  let gateway: TestGateway;
  beforeAll(async () => {
    [folder, server] = await Promise.all([policyFolder(), startMailServer()]);
    await folder.write(first);
    gateway = await startTestGateway({ config: { policyFile: folder.file, smtpUrl: server.url } });
  });
  afterAll(async () => {
    await gateway?.stop();
    await Promise.all([server?.stop(), folder?.remove()]);
  });

  it('is mailed to everybody in their language as soon as a gateway reads it, and once', async () => {
    const people = await Promise.all(
      ['en', 'de', 'es'].map(async (locale) => ({ locale, ...(await gateway.account({ locale })) })),
    );
    await folder.write(first, next);
    await gateway.gateway.reload();
    const mails = await Promise.all(people.map(({ email }) => server.next(email)));
    const summaries = ['next in English', 'next auf Deutsch', 'next en español'];
    expect(mails.map(({ text }, index) => text?.includes(summaries[index]!))).toEqual([true, true, true]);
    for (const { subject } of mails)
      expect(subject).toContain(String(new Date(next.effectiveOn).getUTCFullYear()));

    await gateway.gateway.reload();
    // A second mail about the first change would arrive before this one.
    const late = { version: 'late', effectiveOn: dayFromNow(60), material: true };
    await folder.write(first, next, late);
    await gateway.gateway.reload();
    const more = await Promise.all(people.map(({ email }) => server.next(email)));
    expect(more.map(({ text }) => text?.includes('late '))).toEqual([true, true, true]);
  });
});
