import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ALL_MAILS } from '../../src/app/mails.js';
import { DuplicateMail, MailComposer, UnknownMail } from '../../src/mail/composer.js';
import { type MailFacts, PURPOSES, type SendableMail } from '../../src/mail/mail.js';
import { root } from '../repo/source-files.js';
import { type PostOffice, startPostOffice } from './post-office.js';

const ID = '0b0e4a5e-5c4e-4b43-9f0e-3f6a6a1d7c11';

/**
 * What each mail looks like in the queue. A gateway of the next version has to send what this one has queued: a form that
 * changes stays here, beside the new one.
 */
const QUEUED: Readonly<Record<string, readonly object[]>> = {
  'sign-up': [{ signUpId: ID }],
  'password-reset': [{ passwordResetId: ID }],
  'email-change': [
    { emailChangeId: ID, side: 'old' },
    { emailChangeId: ID, side: 'new' },
  ],
  'email-changed': [{ accountId: ID, address: 'email-changed@example.com', locale: 'en' }],
  'security-notice': [{ accountId: ID, change: 'passkey-added' }],
  'minor-report': [{ accountId: ID }],
  'minor-report-withdrawn': [{ accountId: ID }],
  receipt: [
    {
      accountId: ID,
      receipt: { reference: '2026-0042', amount: 2999, currency: 'EUR', paidOn: '2026-11-23' },
    },
  ],
  'account-closed': [
    { address: 'account-closed@example.com', locale: 'en', caseReference: null },
    { address: 'account-closed@example.com', locale: 'en', caseReference: 'C-17' },
  ],
  'idle-account': [{ accountId: ID }],
  'processor-erasure': [{ processor: 'payment-provider', paymentReference: 'A-17' }],
  'policy-change': [{ accountId: ID, version: '2026-11-01' }],
  'rights-request': [
    { requestId: ID, status: 'in-progress' },
    { requestId: ID, status: 'in-progress', heldBack: true },
  ],
  'rights-request-link': [{ requestId: ID }],
  'rights-agent-link': [{ requestId: ID }],
  'rights-agent-news': [{ requestId: ID, status: 'expired' }],
  'rights-expired': [{ address: 'rights-expired@example.com', kind: 'access', receivedOn: '2026-11-23' }],
  'rights-reminder': [{ requestIds: [ID] }],
  campaign: [{ accountId: ID, campaignId: ID }],
};

/** The mails of the queue above that go to somebody although no row of theirs is there. */
const SENT = {
  'email-changed@example.com': 1,
  'account-closed@example.com': 2,
};

function isMail(value: unknown): value is MailFacts {
  return typeof value === 'object' && value !== null && 'purpose' in value && 'draft' in value;
}

/** Everything that a capability exports as a mail. */
async function definedMails(): Promise<MailFacts[]> {
  const files = readdirSync(join(root, 'src/services'), { recursive: true, encoding: 'utf8' });
  const modules = files.filter((path) => /\/mails\/[^/]+\.ts$/.test(path));
  const exported = await Promise.all(modules.map((path) => import(join(root, 'src/services', path))));
  return exported.flatMap((module) => Object.values(module).filter(isMail));
}

describe('the list of all mails', () => {
  it('has every mail that a capability defines, once', async () => {
    const names = (mails: readonly MailFacts[]) => mails.map(({ name }) => name).sort();
    const defined = names(await definedMails());
    expect(defined.length).toBeGreaterThan(15);
    expect(names(ALL_MAILS)).toEqual(defined);
    expect(new Set(defined).size).toBe(defined.length);
  });

  it.each(ALL_MAILS.map((mail) => [mail.name, mail] as const))(
    'gives %s a purpose of the privacy policy, a recipient and an occasion',
    (_name, { purpose, recipient, when }) => {
      expect(PURPOSES).toContain(purpose);
      expect(recipient).not.toBe('');
      expect(when).toMatch(/^[A-Z].*\.$/);
    },
  );
});

describe('the registry of mails', () => {
  const mail: SendableMail = {
    ...(ALL_MAILS[0] as MailFacts),
    draft: async () => ({ to: 'a@example.com', locale: 'en', letter: { subject: 'Hello', blocks: [] } }),
    onResult: () => {},
  };

  it('refuses two mails of one name', () => {
    expect(() => new MailComposer([mail, { ...mail }], null)).toThrow(DuplicateMail);
  });

  it('sends no mail that it does not know', async () => {
    const composer = new MailComposer([mail], null);
    expect(composer.facts({ template: 'unknown' })).toBeNull();
    await expect(composer.compose({ template: 'unknown' })).rejects.toThrow(UnknownMail);
    expect((await composer.compose({ template: mail.name }))?.subject).toBe('Hello');
  });
});

describe('a queue of an earlier version', () => {
  let office: PostOffice;
  beforeAll(async () => {
    office = await startPostOffice();
  });
  afterAll(() => office?.stop());

  /** Puts a mail into the queue as its JSON, past the types. */
  const putRaw = (template: string, payload: object) =>
    office.source.query(`SELECT graphile_worker.add_job('mail', to_json($1::text))`, [
      office.keyring.seal('queued-mail', JSON.stringify({ template, ...payload })),
    ]);
  const failures = () => office.gateway.log.filter((line) => line.includes('"mail.'));

  it('has an example of every mail', () => {
    expect(Object.keys(QUEUED).sort()).toEqual(ALL_MAILS.map(({ name }) => name).sort());
  });

  it('is sent completely', async () => {
    for (const [name, payloads] of Object.entries(QUEUED)) {
      for (const payload of payloads) await putRaw(name, payload);
    }
    await expect.poll(() => office.waiting(), { timeout: 20_000 }).toEqual([]);
    expect(failures()).toEqual([]);
    const sentTo = (address: string) => office.server.accepted.filter(({ to }) => to === address).length;
    for (const [address, count] of Object.entries(SENT)) expect(sentTo(address), address).toBe(count);
  });

  it('keeps a mail that this gateway does not know for a day, and then drops it with an error in the log', async () => {
    await putRaw('of-another-version', {});
    await expect
      .poll(() => office.waiting())
      .toMatchObject([{ attempts: 1, last_error: 'UNKNOWN_MAIL', payload: expect.any(String) }]);
    expect(failures()).toEqual([]);
    await office.source.query('UPDATE graphile_worker._private_jobs SET attempts = 12');
    await office.hurry();
    await expect.poll(() => office.waiting()).toEqual([]);
    expect(failures().map((line) => JSON.parse(line))).toMatchObject([
      { event: 'mail.failed', code: 'UNKNOWN_MAIL' },
    ]);
  });
});
