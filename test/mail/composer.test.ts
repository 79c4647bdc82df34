import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { today } from '../../src/lib/calendar.js';
import { dateText } from '../../src/lib/locale.js';
import type { Purpose } from '../../src/secrets/keyring.js';
import { accountClosedMail } from '../../src/services/erasure/mails/account-closed.js';
import { policyChangeMail } from '../../src/services/policy/mails/policy-change.js';
import { emailChangeMail } from '../../src/services/sign-in/mails/email-change.js';
import { passwordResetMail } from '../../src/services/sign-in/mails/password-reset.js';
import { signUpMail } from '../../src/services/sign-in/mails/sign-up.js';
import { read } from '../repo/source-files.js';
import { dayFromNow } from '../support/gateway.js';
import { type ReceivedMail, tokenIn } from '../support/mail-server.js';
import { type PostOffice, startPostOffice } from './post-office.js';

const PORTAL = 'https://portal.cyberspacevpn.example';
const HOUR = 3_600_000;

describe('mails that give access', () => {
  let office: PostOffice;
  beforeAll(async () => {
    office = await startPostOffice();
  });
  afterAll(() => office?.stop());

  const signUp = async (email: string, { locale = 'en', day = dayFromNow(1) } = {}) => {
    const id = randomUUID();
    await office.source.query(
      `INSERT INTO sign_up (id, email, password_hash, locale, country, expires_on) VALUES ($1, $2, 'hash', $3, 'US', $4)`,
      [id, email, locale, day],
    );
    return id;
  };
  const passwordReset = async (email: string, day = dayFromNow(1)) => {
    const id = randomUUID();
    await office.source.query('INSERT INTO password_reset (id, email, expires_on) VALUES ($1, $2, $3)', [
      id,
      email,
      day,
    ]);
    return id;
  };
  const emailChange = async (accountId: string, newEmail: string) => {
    const id = randomUUID();
    await office.source.query(
      'INSERT INTO email_change (id, account_id, new_email, expires_on) VALUES ($1, $2, $3, $4)',
      [id, accountId, newEmail, dayFromNow(1)],
    );
    return id;
  };
  const rows = async (table: string, id: string) =>
    (await office.source.query(`SELECT id FROM ${table} WHERE id = $1`, [id])).length;
  /** What is held back is sent at once. */
  const emptyQueue = async () => {
    await office.hurry();
    await expect.poll(() => office.waiting()).toEqual([]);
  };

  const expectLink = (mail: ReceivedMail, path: string, purpose: Purpose, subject: string, hours: number) => {
    const token = tokenIn(mail);
    expect(mail.text).toContain(`\n${PORTAL}${path}#${token}\n`);
    expect(mail.html).toContain(`href="${PORTAL}${path}#${token}"`);
    expect(mail.html).toContain(`>${token}</code>`);
    const { keyring } = office;
    expect(keyring.redeem(purpose, token)).toBe(subject);
    expect(keyring.redeem(purpose, token, Date.now() + hours * HOUR - 60_000)).toBe(subject);
    expect(keyring.redeem(purpose, token, Date.now() + hours * HOUR)).toBeNull();
  };

  it('a sign-up gets a link for 24 hours, in the chosen language', async () => {
    const id = await signUp('neu@example.com', { locale: 'de' });
    await office.put(signUpMail, { signUpId: id });
    const mail = await office.server.next('neu@example.com');
    expect(mail.subject).toBe('Bestätigen Sie Ihre E-Mail-Adresse');
    expectLink(mail, '/confirm-sign-up', 'sign-up-link', id, 24);
    await emptyQueue();
    expect(await rows('sign_up', id)).toBe(1);
  });

  it('a sign-up of an address with an account gets no link, and is deleted', async () => {
    const { email } = await office.gateway.account();
    const id = await signUp(email);
    await office.put(signUpMail, { signUpId: id });
    const mail = await office.server.next(email);
    expect(mail.subject).toBe('You already have an account');
    expect(() => tokenIn(mail)).toThrow();
    await emptyQueue();
    expect(await rows('sign_up', id)).toBe(0);
  });

  it('a sign-up of an address with an account is kept until its mail is sent', async () => {
    const { email } = await office.gateway.account();
    const id = await signUp(email);
    const refused = office.server.refuse(email, 450);
    await office.put(signUpMail, { signUpId: id });
    await refused;
    await expect.poll(async () => (await office.waiting())[0]?.last_error).toBe('450');
    expect(await rows('sign_up', id)).toBe(1);
    await office.hurry();
    await office.server.next(email);
    await emptyQueue();
    expect(await rows('sign_up', id)).toBe(0);
  });

  it('a password reset gets a link for one hour, in the language of the account', async () => {
    const { email } = await office.gateway.account({ locale: 'es' });
    const id = await passwordReset(email);
    await office.put(passwordResetMail, { passwordResetId: id });
    await office.hurry();
    const mail = await office.server.next(email);
    expect(mail.subject).toBe('Elija una contraseña nueva');
    expectLink(mail, '/reset-password', 'password-reset-link', id, 1);
  });

  it('a password reset of an address without an account gets no mail, and is deleted', async () => {
    const id = await passwordReset('nobody@example.com');
    await office.put(passwordResetMail, { passwordResetId: id });
    await emptyQueue();
    expect(await rows('password_reset', id)).toBe(0);
    expect(office.server.accepted.filter(({ to }) => to === 'nobody@example.com')).toEqual([]);
  });

  it('an email change sends a link to each address', async () => {
    const { id: accountId, email } = await office.gateway.account();
    const id = await emailChange(accountId, 'fresh@example.com');
    await office.put(emailChangeMail, { emailChangeId: id, side: 'old' }, { emailChangeId: id, side: 'new' });
    const [old, fresh] = [await office.server.next(email), await office.server.next('fresh@example.com')];
    expectLink(old, '/confirm-email-change', 'email-change-link', `${id}:old`, 24);
    expectLink(fresh, '/confirm-email-change', 'email-change-link', `${id}:new`, 24);
    // A reader of one mailbox learns nothing about the other.
    expect(old.raw).not.toContain('fresh@example.com');
    expect(fresh.raw).not.toContain(email);
  });

  it('an email change to an address with an account sends no link there', async () => {
    const { id: accountId } = await office.gateway.account();
    const other = await office.gateway.account();
    const id = await emailChange(accountId, other.email);
    await office.put(emailChangeMail, { emailChangeId: id, side: 'new' });
    const mail = await office.server.next(other.email);
    expect(mail.subject).toBe('This e-mail address already has an account');
    expect(() => tokenIn(mail)).toThrow();
  });

  it.each<[string, () => Promise<void>]>([
    ['a sign-up', () => office.put(signUpMail, { signUpId: randomUUID() })],
    [
      'a sign-up of an earlier day',
      async () =>
        office.put(signUpMail, { signUpId: await signUp('l@example.com', { day: dayFromNow(-1) }) }),
    ],
    ['a password reset', () => office.put(passwordResetMail, { passwordResetId: randomUUID() })],
    [
      'a password reset of an earlier day',
      async () => {
        const { email } = await office.gateway.account();
        await office.put(passwordResetMail, { passwordResetId: await passwordReset(email, dayFromNow(-1)) });
      },
    ],
    [
      'an email change, for the old address,',
      () => office.put(emailChangeMail, { emailChangeId: randomUUID(), side: 'old' }),
    ],
    [
      'an email change, for the new address,',
      () => office.put(emailChangeMail, { emailChangeId: randomUUID(), side: 'new' }),
    ],
  ])('%s that no longer exists gets no mail', async (_what, put) => {
    const before = office.server.accepted.length;
    await put();
    await emptyQueue();
    expect(office.server.accepted).toHaveLength(before);
  });

  it('a sign-up that expires today still gets its link', async () => {
    const id = await signUp('today@example.com', { day: today() });
    await office.put(signUpMail, { signUpId: id });
    expect(tokenIn(await office.server.next('today@example.com'))).toBeTruthy();
  });
});

describe('other mails', () => {
  let office: PostOffice;
  beforeAll(async () => {
    office = await startPostOffice();
  });
  afterAll(() => office?.stop());

  it('the last mail goes to the address of a closed account', async () => {
    const farewell = { address: 'gone@example.com', locale: 'de' };
    await office.put(accountClosedMail, { ...farewell, caseReference: null });
    const mail = await office.server.next('gone@example.com');
    expect(mail.subject).toBe('Ihr Konto ist geschlossen');
    expect(mail.text).not.toContain('Aktenzeichen');
    await office.put(accountClosedMail, { ...farewell, caseReference: 'C-17' });
    expect((await office.server.next('gone@example.com')).text).toContain(
      'unter dem Aktenzeichen C-17 geschlossen',
    );
  });

  it('a change of the policy is announced with its summary and its day', async () => {
    const { id, email } = await office.gateway.account({ locale: 'es' });
    const [{ version, effectiveOn, summary }] = JSON.parse(read('policy/versions.json'));
    await office.put(policyChangeMail, { accountId: id, version });
    const { text } = await office.server.next(email);
    expect(text).toContain(dateText('es', effectiveOn));
    expect(text).toContain(summary.es);
    expect(text).toContain(`${PORTAL}/privacy-policy`);
  });
});
