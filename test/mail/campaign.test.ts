import { afterAll, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { today } from '../../src/lib/calendar.js';
import { receiptMail } from '../../src/services/account/mails/receipt.js';
import { campaignMail } from '../../src/services/marketing/mails/campaign.js';
import { startTestGateway } from '../support/gateway.js';
import type { ReceivedMail } from '../support/mail-server.js';
import { createCampaign, ENGLISH, sendCampaign, type TestCampaignText } from '../support/people/campaign.js';
import { type PostOffice, startPostOffice } from './post-office.js';

const PUBLIC = 'https://portal.cyberspacevpn.example';
/** Counts are written every second. */
const PATIENCE = { timeout: 10_000 };
const CAMPAIGN = '0b0e4a5e-5c4e-4b43-9f0e-3f6a6a1d7c11';
const GERMAN = { locale: 'DE', subject: 'Eine Region mehr', body: 'Sie liegt in Lissabon.' };

describe('a campaign’s mail', () => {
  let office: PostOffice;
  let admin: string;
  beforeAll(async () => {
    office = await startPostOffice();
    const { token } = await office.gateway.account({ role: 'admin', country: 'DE' });
    admin = token;
  });
  afterAll(() => office?.stop());
  // A campaign goes to everybody, so the accounts of the previous test are deleted.
  beforeEach(() => office.source.query(`DELETE FROM account WHERE role = 'user'`));

  const emptyQueue = () => expect.poll(() => office.waiting(), PATIENCE).toEqual([]);
  /** So many mails have been tried, and wait for another try. */
  const failed = (mails: number) =>
    expect
      .poll(async () => (await office.waiting()).map(({ last_error }) => last_error !== null), PATIENCE)
      .toEqual(Array.from({ length: mails }, () => true));
  const create = (...texts: TestCampaignText[]) => createCampaign(office.gateway, admin, texts);
  const send = (id: string) => sendCampaign(office.gateway, admin, id);
  const sentTo = (email: string) => office.server.accepted.filter(({ to }) => to === email);
  const say = (token: string, purpose: string, granted: boolean) =>
    office.gateway.call({
      query: `mutation ($input: SetConsentInput!) { setConsent(input: $input) { userErrors { code } } }`,
      variables: { input: { purpose, granted } },
      token,
    });
  const counts = (id: string) =>
    office.source.query(
      'SELECT day::text, sent, delayed, bounced, opened FROM campaign_day WHERE campaign_id = $1',
      [id],
    );
  const linksIn = ({ text = '', html }: ReceivedMail) => [
    ...new Set(`${text} ${html}`.match(/https:\/\/portal[^\s"<>]+/g)),
  ];
  /** Of a mail's link, at the gateway of this test. */
  const here = (url: string) => url.replace(PUBLIC, new URL(office.gateway.url).origin);

  it('has the text in the person’s language, or in English if there is none', async () => {
    const [german, spanish] = [
      await office.gateway.account({ locale: 'de' }),
      await office.gateway.account({ locale: 'es' }),
    ];
    await send(await create(ENGLISH, GERMAN));
    const inGerman = await office.server.next(german.email);
    expect(inGerman.subject).toBe('Eine Region mehr');
    expect(inGerman.html).toContain('<html lang="de">');
    expect(inGerman.text).toContain('weil Sie unsere Neuigkeiten und Angebote beziehen');
    const inEnglish = await office.server.next(spanish.email);
    expect(inEnglish.subject).toBe('A region more');
    expect(inEnglish.html).toContain('<html lang="en">');
    expect(inEnglish.html).toContain('<p>There is a region more.</p>\n<p>It is in Lisbon.</p>');
    expect(inEnglish.text).toContain('because you receive our news and offers');
  });

  it('identifies itself as an advertisement, with postal address and contact, in the language of its text', async () => {
    const postal = office.gateway.config.postalAddress;
    const SPANISH = { locale: 'ES', subject: 'Una región más', body: 'Está en Lisboa.' };
    const people = await Promise.all(['en', 'de', 'es'].map((locale) => office.gateway.account({ locale })));
    await send(await create(ENGLISH, GERMAN, SPANISH));
    const mails = await Promise.all(people.map(({ email }) => office.server.next(email)));
    // Parsed as a mail program does, from the bytes that came over SMTP.
    expect(mails.map(({ text = '' }) => text.split('\n')[0])).toEqual([
      'Advertisement',
      'Werbung',
      'Publicidad',
    ]);
    for (const { text = '', html } of mails) {
      const footer = text.split('\n-- \n')[1] ?? '';
      expect(footer).toContain(`\n${postal}\n`);
      expect(footer).toContain('privacy@cyberspacevpn.example');
      expect(html).toContain(`<br>${postal}<br>`);
    }
  });

  it.each([
    ['KR', '(광고) A region more'],
    ['IL', 'פרסומת A region more'],
    ['CN', 'AD A region more'],
    ['US', 'A region more'],
  ])('has the subject that the law of %s requires', async (country, subject) => {
    const { email, token } = await office.gateway.account({ country });
    await say(token, 'MARKETING', true);
    await send(await create(ENGLISH));
    expect((await office.server.next(email)).subject).toBe(subject);
  });

  it('waits, and is not sent, if the postal address is removed meanwhile', async () => {
    const { email } = await office.gateway.account();
    const without = await startTestGateway({ config: { smtpUrl: office.server.url, postalAddress: null } });
    await without.query(`INSERT INTO campaign (id, name) VALUES ($1, 'Regions')`, [CAMPAIGN]);
    await without.query(
      `INSERT INTO campaign_text (campaign_id, locale, subject, body) VALUES ($1, 'en', 'News', 'News.')`,
      [CAMPAIGN],
    );
    const { id } = await without.account({ email });
    const source = await createDataSource(without.database.url).initialize();
    onTestFinished(async () => {
      await source.destroy();
      await without.stop();
    });
    await source.transaction((manager) =>
      office.outbox.put(manager, campaignMail, { accountId: id, campaignId: CAMPAIGN }),
    );
    await expect
      .poll(() => without.query('SELECT attempts, last_error FROM graphile_worker._private_jobs'), PATIENCE)
      .toEqual([{ attempts: 1, last_error: 'MissingPostalAddress' }]);
    expect(sentTo(email)).toEqual([]);
  });

  it('has an unsubscribe link for mail programs and for readers, opaque and different in each mail', async () => {
    const people = [await office.gateway.account(), await office.gateway.account()];
    await send(await create(ENGLISH));
    const links = [];
    for (const { id, email } of people) {
      const mail = await office.server.next(email);
      // RFC 8058 section 3.1: one HTTPS URL, and the value to post.
      expect(mail.raw).toMatch(/^List-Unsubscribe-Post: List-Unsubscribe=One-Click\r$/m);
      const header = mail.headerLines.find(({ key }) => key === 'list-unsubscribe')?.line ?? '';
      const [, url = ''] = /^List-Unsubscribe:\s+<(.*)>$/s.exec(header) ?? [];
      expect(url).toMatch(/^https:\/\/portal\.cyberspacevpn\.example\/unsubscribe\/[\w-]+$/);
      expect(mail.text).toContain(`\nUnsubscribe: ${url}\n`);
      expect(mail.html).toContain(`<a href="${url}">Unsubscribe</a>`);
      const token = url.split('/').at(-1)!;
      expect(office.keyring.redeem('unsubscribe-link', token)).toBe(id);
      expect(office.keyring.redeem('unsubscribe-link', token, Date.now() + 9 * 365 * 86_400_000)).toBe(id);
      expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain(id);
      links.push(url);
    }
    expect(new Set(links).size).toBe(2);
  });

  it('is stopped by one click, but not by merely opening its links', async () => {
    const { id, email } = await office.gateway.account();
    await send(await create(ENGLISH));
    const mail = await office.server.next(email);
    const links = linksIn(mail);
    expect(links.length).toBeGreaterThan(0);
    for (const link of links) {
      for (const method of ['GET', 'HEAD']) expect((await fetch(here(link), { method })).status).toBe(200);
    }
    expect(await office.source.query('SELECT FROM consent WHERE account_id = $1', [id])).toEqual([]);

    const link = links.find((each) => each.includes('/unsubscribe/'))!;
    const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
    expect((await fetch(here(link), { method: 'POST', body })).status).toBe(200);
    await send(await create(ENGLISH));
    await emptyQueue();
    expect(sentTo(email)).toHaveLength(1);
  });

  it('is not sent to somebody who unsubscribed while it waited, nor to an account that is gone', async () => {
    const [stopped, gone, there] = [
      await office.gateway.account(),
      await office.gateway.account(),
      await office.gateway.account(),
    ];
    const id = await create(ENGLISH);
    await office.server.goAway();
    await send(id);
    await failed(3);
    await say(stopped.token, 'MARKETING', false);
    await office.source.query('DELETE FROM account WHERE id = $1', [gone.id]);
    await office.server.comeBack();
    await office.hurry();
    await office.server.next(there.email);
    await emptyQueue();
    expect([...sentTo(stopped.email), ...sentTo(gone.email)]).toEqual([]);
    // While the server is away, no mail counts as delayed: all wait and keep their attempts.
    await expect
      .poll(() => counts(id), PATIENCE)
      .toEqual([{ day: today(), sent: 1, delayed: 0, bounced: 0, opened: 0 }]);
  });

  it('does not stop other mails when it is stopped', async () => {
    const { id, email, token } = await office.gateway.account();
    await say(token, 'MARKETING', false);
    await office.put(receiptMail, {
      accountId: id,
      receipt: { reference: '2026-0042', amount: 2999, currency: 'EUR', paidOn: today() },
    });
    expect((await office.server.next(email)).subject).toContain('2026-0042');
    await office.gateway.call({
      query: `mutation ($email: String!) { requestPasswordReset(input: { email: $email }) { userErrors { code } } }`,
      variables: { email },
    });
    const mail = await office.server.next(email);
    expect(mail.subject).toBe('Choose a new password');
    expect(mail.headers.has('list')).toBe(false);
  });

  it('is counted by campaign and day when it is sent, delayed or refused', async () => {
    const [fine, slow, refused] = [
      await office.gateway.account(),
      await office.gateway.account(),
      await office.gateway.account(),
    ];
    const delayed = office.server.refuse(slow.email, 451);
    const bounced = office.server.refuse(refused.email, 550);
    const id = await create(ENGLISH);
    await send(id);
    await Promise.all([delayed, bounced, office.server.next(fine.email)]);
    const before = [{ day: today(), sent: 1, delayed: 1, bounced: 1, opened: 0 }];
    await expect.poll(() => counts(id), PATIENCE).toEqual(before);
    await failed(1);
    await office.hurry();
    await office.server.next(slow.email);
    await expect.poll(() => counts(id), PATIENCE).toEqual([{ ...before[0], sent: 2 }]);
  });

  it('has an image only for people who have agreed to analytics, and it is the same for all of them', async () => {
    const [none, ...agreed] = [
      await office.gateway.account(),
      await office.gateway.account(),
      await office.gateway.account(),
    ];
    for (const { token } of agreed) await say(token, 'ANALYTICS_COOKIES', true);
    const id = await create(ENGLISH);
    await send(id);
    expect((await office.server.next(none.email)).html).not.toContain('<img');
    const images = [];
    for (const { email } of agreed) {
      const mail = await office.server.next(email);
      images.push(/<img src="([^"]+)"/.exec(mail.html || '')?.[1] ?? '');
    }
    expect(images[0]).toMatch(new RegExp(`^${PUBLIC}/o/${id}\\.[\\w-]{43}$`));
    expect(images[1]).toBe(images[0]);
    await fetch(here(images[0]!));
    await expect
      .poll(() => counts(id), PATIENCE)
      .toEqual([{ day: today(), sent: 3, delayed: 0, bounced: 0, opened: 1 }]);
  });
});
