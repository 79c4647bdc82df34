import { type ParsedMail, simpleParser } from 'mailparser';
import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import type { RightsRequestKind } from '../../src/entities/rights/rights-request.js';
import { amountText, dateText, type InEveryLanguage, LOCALES } from '../../src/lib/locale.js';
import { layOut, MissingPostalAddress } from '../../src/mail/layout.js';
import { type Letter, withLinks } from '../../src/mail/letter.js';
import { type MailPurpose, PURPOSES } from '../../src/mail/mail.js';
import * as minorReport from '../../src/services/account/mails/minor-report.js';
import { receipt } from '../../src/services/account/mails/receipt.js';
import { accountClosed } from '../../src/services/erasure/mails/account-closed.js';
import { idleAccount } from '../../src/services/erasure/mails/idle-account.js';
import { processorErasure } from '../../src/services/erasure/mails/processor-erasure.js';
import { policyChange } from '../../src/services/policy/mails/policy-change.js';
import { rightsAgentLink } from '../../src/services/rights/mails/rights-agent-link.js';
import { rightsAgentNews } from '../../src/services/rights/mails/rights-agent-news.js';
import { rightsExpired } from '../../src/services/rights/mails/rights-expired.js';
import { rightsNoData } from '../../src/services/rights/mails/rights-no-data.js';
import { RIGHTS_REASONS } from '../../src/services/rights/mails/rights-reasons.js';
import { rightsReminder } from '../../src/services/rights/mails/rights-reminder.js';
import { type RightsRequestNews, rightsRequest } from '../../src/services/rights/mails/rights-request.js';
import {
  type RightsRequestLink,
  rightsRequestLink,
} from '../../src/services/rights/mails/rights-request-link.js';
import {
  emailChangeKnown,
  emailChangeNew,
  emailChangeOld,
} from '../../src/services/sign-in/mails/email-change.js';
import { emailChanged } from '../../src/services/sign-in/mails/email-changed.js';
import { passwordReset } from '../../src/services/sign-in/mails/password-reset.js';
import { type SecurityChange, securityNotice } from '../../src/services/sign-in/mails/security-notice.js';
import { signUp, signUpKnown } from '../../src/services/sign-in/mails/sign-up.js';
import { HOSTILE_NAMES } from '../support/http/hostile-names.js';

const PORTAL = 'https://portal.example';
const TOKEN = 'kMr2_-'.repeat(12);
const LINK = { url: `${PORTAL}/confirm#${TOKEN}`, token: TOKEN };
const CHANGES: SecurityChange[] = [
  'email-changed',
  'email-correction',
  'password-changed',
  'totp-enabled',
  'totp-disabled',
  'recovery-codes-renewed',
  'recovery-code-used',
  'passkey-added',
  'passkey-removed',
];

const KINDS: RightsRequestKind[] = ['access', 'correction', 'deletion', 'restriction', 'complaint'];
const NEWS: RightsRequestNews = {
  kind: 'access',
  status: 'in-progress',
  dueOn: '2027-01-25',
  erasesOn: null,
  extensionReason: null,
  denialReason: null,
  answer: null,
  correctsEmail: false,
  authority: { name: 'Authority', url: 'https://authority.example' },
  court: true,
  appealBy: null,
  appealOutcome: null,
  portalUrl: PORTAL,
};

const ADVERTISER = {
  postalAddress: 'Example VPN Ltd, 1 High Street, London',
  contact: 'privacy@example.com',
};

const ASKED: RightsRequestLink = {
  link: LINK,
  kind: 'access',
  details: {},
  receivedOn: '2027-01-25',
  agent: null,
};

const FOOT = {
  purpose: 'access',
  unsubscribeUrl: null,
  openTrackingUrl: null,
  advertiser: ADVERTISER,
} as const;

type Case = readonly [string, MailPurpose, InEveryLanguage<() => Letter>];

/** A template with parameters, in every language. */
function filled<T>(template: InEveryLanguage<(parameters: T) => Letter>, parameters: T) {
  return {
    en: () => template.en(parameters),
    de: () => template.de(parameters),
    es: () => template.es(parameters),
  };
}

const TEMPLATES: Case[] = [
  ['sign-up', 'access', filled(signUp, LINK)],
  ['sign-up-known', 'access', filled(signUpKnown, PORTAL)],
  ['password-reset', 'access', filled(passwordReset, LINK)],
  ['email-change-old', 'access', filled(emailChangeOld, LINK)],
  ['email-change-new', 'access', filled(emailChangeNew, LINK)],
  ['email-change-known', 'access', filled(emailChangeKnown, undefined)],
  ...CHANGES.map(
    (change): Case => [
      `security-notice ${change}`,
      'account',
      filled(securityNotice, { change, portalUrl: PORTAL }),
    ],
  ),
  [
    'account-closed',
    'account',
    filled(accountClosed, { caseReference: null, contact: 'privacy@example.com' }),
  ],
  [
    'account-closed by staff',
    'account',
    filled(accountClosed, { caseReference: 'C-17', contact: 'privacy@example.com' }),
  ],
  [
    'minor-report',
    'account',
    filled(minorReport.reported, {
      caseReference: 'C-17',
      erasesOn: '2027-01-01',
      contact: 'privacy@example.com',
    }),
  ],
  ['idle-account', 'account', filled(idleAccount, { erasesOn: '2027-01-01', portalUrl: PORTAL })],
  ['minor-report withdrawn', 'account', filled(minorReport.withdrawn, undefined)],
  [
    'receipt',
    'payment',
    filled(receipt, { reference: '2026-0042', amount: 2999, currency: 'EUR', paidOn: '2026-11-23' }),
  ],
  ...KINDS.map(
    (kind): Case => [
      `rights-request fulfilled ${kind}`,
      'account',
      filled(rightsRequest, { ...NEWS, kind, status: 'fulfilled' }),
    ],
  ),
  [
    'rights-request received',
    'account',
    filled(rightsRequest, { ...NEWS, kind: 'deletion', erasesOn: '2027-01-01' }),
  ],
  [
    'rights-request extended',
    'account',
    filled(rightsRequest, { ...NEWS, status: 'extended', extensionReason: 'complexity' }),
  ],
  [
    'rights-request denied',
    'account',
    filled(rightsRequest, {
      ...NEWS,
      status: 'denied',
      denialReason: 'data-accurate',
      answer: 'We have looked.\n\nTwice.',
    }),
  ],
  ['rights-request expired', 'account', filled(rightsRequest, { ...NEWS, status: 'expired' })],
  ['rights-request-link', 'account', filled(rightsRequestLink, ASKED)],
  [
    'rights-request-link of an agent',
    'account',
    filled(rightsRequestLink, { ...ASKED, agent: { name: 'Data Helpers', email: 'desk@agents.example' } }),
  ],
  [
    'rights-request-link of a correction',
    'account',
    filled(rightsRequestLink, {
      ...ASKED,
      kind: 'correction',
      details: { correction: { field: 'email', value: 'a@new.example' } },
    }),
  ],
  ['rights-request-link of a deletion', 'account', filled(rightsRequestLink, { ...ASKED, kind: 'deletion' })],
  [
    'rights-request-link of an objection',
    'account',
    filled(rightsRequestLink, {
      ...ASKED,
      kind: 'objection',
      details: { objections: ['marketing', 'sale-or-sharing'] },
    }),
  ],
  ['rights-agent-link', 'account', filled(rightsAgentLink, LINK)],
  [
    'rights-agent-news',
    'account',
    filled(rightsAgentNews, { status: 'expired', requestId: 'id', receivedOn: '2027-01-25' }),
  ],
  ['rights-expired', 'account', filled(rightsExpired, { kind: 'access', receivedOn: '2027-01-25' })],
  ['email-changed', 'account', filled(emailChanged, 'privacy@example.com')],
  [
    'policy-change',
    'updates',
    filled(policyChange, { summary: ['§ 4'], effectiveOn: '2027-01-01', url: `${PORTAL}/privacy-policy` }),
  ],
];

/** As a mail program sees it after its way through SMTP. */
async function asReceived(letter: Letter, locale: (typeof LOCALES)[number], purpose: MailPurpose) {
  const laidOut = layOut({
    letter,
    locale,
    purpose,
    unsubscribeUrl: null,
    openTrackingUrl: null,
    advertiser: ADVERTISER,
  });
  const composed = await createTransport({ streamTransport: true, buffer: true }).sendMail({
    from: 'mail@example.com',
    to: 'ada@example.com',
    ...laidOut,
  });
  return simpleParser(composed.message as Buffer);
}

const LANGUAGES = LOCALES.flatMap((locale) => TEMPLATES.map((template) => [locale, ...template] as const));

describe('every mail', () => {
  it.each(LANGUAGES)(
    'in %s: %s is complete, as text and as HTML',
    async (locale, _name, purpose, template) => {
      const letter = template[locale]();
      const mail = await asReceived(letter, locale, purpose);
      expect(mail.subject).toBe(letter.subject);
      expect(mail.html).toContain(`<html lang="${locale}">`);
      expect(mail.text).toContain('\n-- \nCyberSapceVPN\n');
      for (const said of [mail.text ?? '', visible(mail)]) {
        for (const block of letter.blocks) for (const text of textsIn(block)) expect(said).toContain(text);
        expect(said).not.toMatch(/undefined|null|NaN|\[object|\$\{/);
      }
      const links = letter.blocks.flatMap((block) =>
        typeof block === 'object' && 'link' in block ? [block.link] : [],
      );
      for (const { url, token } of links) {
        expect(mail.text).toContain(`\n${url}\n`);
        expect(mail.html).toContain(`href="${url}"`);
        if (token !== null) expect(mail.text).toContain(`\n${token}\n`);
      }
    },
  );

  it.each(LANGUAGES)('in %s: %s loads nothing from elsewhere', async (locale, _name, purpose, template) => {
    const { html } = await asReceived(template[locale](), locale, purpose);
    expect(html).not.toMatch(/<(img|script|iframe|link|object|form)|url\(|@import|src=/i);
  });

  it('differs in each language', () => {
    for (const [name, , template] of TEMPLATES) {
      const texts = LOCALES.map((locale) => JSON.stringify(template[locale]().blocks));
      expect(new Set(texts).size, name).toBe(LOCALES.length);
      const shapes = LOCALES.map((locale) =>
        template[locale]().blocks.map((block) =>
          typeof block === 'string' || Array.isArray(block) ? 'text' : Object.keys(block)[0],
        ),
      );
      expect(shapes, name).toEqual(LOCALES.map(() => shapes[0]));
    }
  });
});

describe('the footer of every mail', () => {
  it.each(LOCALES)('says in %s why the person gets it', (locale) => {
    const feet = PURPOSES.map((purpose) => {
      const letter = { subject: '', blocks: [] };
      const { text } = layOut({
        letter,
        locale,
        purpose,
        unsubscribeUrl: null,
        openTrackingUrl: null,
        advertiser: ADVERTISER,
      });
      return [purpose, text.split('\n-- \n')[1]?.split('\n')[1]];
    });
    expect(Object.fromEntries(feet)).toMatchSnapshot();
  });
});

describe('the mail to an agent whose request has ended', () => {
  it.each(LOCALES)('advises in %s to send it again, unless it was fulfilled', (locale) => {
    const request = { requestId: 'id', receivedOn: '2027-01-25' };
    const expired = rightsAgentNews[locale]({ ...request, status: 'expired' });
    const fulfilled = rightsAgentNews[locale]({ ...request, status: 'fulfilled' });
    expect(expired.blocks).toHaveLength(3);
    expect(fulfilled.blocks).toHaveLength(2);
  });
});

describe('the footer of a mail with a reason of its own', () => {
  it.each(
    LOCALES.flatMap((locale) =>
      [
        emailChangeOld[locale](LINK),
        emailChangeNew[locale](LINK),
        emailChangeKnown[locale](),
        accountClosed[locale]({ caseReference: null, contact: 'privacy@example.com' }),
        emailChanged[locale]('privacy@example.com'),
        rightsRequestLink[locale](ASKED),
        rightsRequest[locale](NEWS),
        rightsAgentLink[locale](LINK),
        rightsAgentNews[locale]({ status: 'expired', requestId: 'id', receivedOn: '2027-01-25' }),
        rightsExpired[locale]({ kind: 'access', receivedOn: '2027-01-25' }),
        rightsNoData('2027-01-25'),
        rightsReminder([{ id: 'id', kind: 'access', dueOn: '2027-01-25' }], PORTAL),
        processorErasure({ processor: 'Example Pay', paymentReference: 'A-17' }),
      ].map((letter) => [locale, letter.subject, letter] as const),
    ),
  )('says in %s why the person gets "%s"', async (locale, _subject, letter) => {
    const mail = await asReceived(letter, locale, 'access');
    expect(letter.reason).toMatch(/[Mm]ail|correo/);
    for (const said of [mail.text ?? '', visible(mail)]) expect(said).toContain(letter.reason);
    const other = layOut({ ...FOOT, letter: { subject: '', blocks: [] }, locale }).text.split('\n-- \n')[1];
    expect(mail.text).not.toContain(other);
  });
});

describe('the footer of a mail about a rights request', () => {
  it.each(LOCALES)('does not reveal in %s whether the recipient has an account', (locale) => {
    const { given, agent } = RIGHTS_REASONS[locale];
    for (const reason of [given, agent]) expect(reason).not.toMatch(/account|Konto|cuenta/);
    expect(rightsRequestLink[locale](ASKED).reason).toBe(given);
    expect(rightsExpired[locale]({ kind: 'access', receivedOn: '2027-01-25' }).reason).toBe(given);
    expect(rightsAgentLink[locale](LINK).reason).toBe(agent);
    expect(rightsNoData('2027-01-25').reason).toContain(given);
  });
});

describe('the layout', () => {
  const laidOut = (blocks: Letter['blocks'], more = {}) =>
    layOut({
      letter: { subject: 'A <b> & "c"', blocks },
      locale: 'en',
      purpose: 'marketing',
      unsubscribeUrl: null,
      openTrackingUrl: null,
      advertiser: ADVERTISER,
      ...more,
    });

  it('shows texts as they are, and runs none of them', () => {
    const evil = `<script>alert("x")</script>' onmouseover='`;
    const { html, text } = laidOut([
      evil,
      { link: { label: evil, url: `https://example.com/"><i>`, token: evil } },
      { facts: [[evil, evil]] },
    ]);
    expect(html).not.toMatch(/<script|<i>|[^&]' ?onmouseover/);
    expect(html).toContain('<title>A &lt;b&gt; &amp; &quot;c&quot;</title>');
    expect(text).toContain(evil);
  });

  it('turns a URL in our own text into a link, without the full stop after it', () => {
    const { html } = laidOut([
      withLinks('See https://example.com/a?b=1&c=2. And http://example.com, javascript:alert(1).'),
    ]);
    const url = 'https://example.com/a?b=1&amp;c=2';
    expect(html).toContain(`<a href="${url}">${url}</a>. And http://example.com, javascript:alert(1).`);
    expect(html.match(/<a /g)).toHaveLength(1);
  });

  it('gives the text and the footer the same width, although their fonts differ', () => {
    const widths = [...laidOut(['News']).html.matchAll(/<(main|footer) style="max-width:(\w+);/g)];
    expect(widths.map(([, element, width]) => [element, width])).toEqual([
      ['main', '576px'],
      ['footer', '576px'],
    ]);
  });

  it('ends with an unsubscribe link and a tracking image when it is given them', () => {
    const { html, text } = laidOut(['News'], {
      unsubscribeUrl: 'https://api.example/unsubscribe/t',
      openTrackingUrl: 'https://api.example/o/c',
    });
    expect(text).toContain('\nUnsubscribe: https://api.example/unsubscribe/t\n');
    expect(html).toContain('<a href="https://api.example/unsubscribe/t">Unsubscribe</a>');
    expect(html.match(/<img [^>]*>/g)).toEqual([
      '<img src="https://api.example/o/c" alt="" width="1" height="1">',
    ]);
  });
});

describe('a name that somebody gave', () => {
  it.each(LOCALES)('stands in quotation marks in %s', (locale) => {
    const letter = rightsRequestLink[locale]({
      ...ASKED,
      agent: { name: 'Data Helpers, Inc.', email: null },
    });
    const { html, text } = layOut({
      letter,
      locale,
      purpose: 'account',
      unsubscribeUrl: null,
      openTrackingUrl: null,
      advertiser: ADVERTISER,
    });
    for (const said of [html, text]) expect(said).toMatch(/[“„«]Data Helpers, Inc\.[”“»]/);
  });

  it.each(LOCALES.flatMap((locale) => HOSTILE_NAMES.map((name) => [locale, name] as const)))(
    'is not shown in %s when it does not look like a name: %j',
    (locale, name) => {
      const blocks: Letter['blocks'] = [
        ...rightsRequestLink[locale]({ ...ASKED, agent: { name, email: null } }).blocks,
        [{ said: name }],
        { facts: [['Name', [{ said: name }]]] },
      ];
      const letter = { subject: 'Subject', blocks };
      const { html, text } = layOut({
        letter,
        locale,
        purpose: 'account',
        unsubscribeUrl: null,
        openTrackingUrl: null,
        advertiser: ADVERTISER,
      });
      for (const said of [html, text]) expect(said).not.toContain(name);
      const links = [...html.matchAll(/href="([^"]*)"/g)].map(([, url]) => url);
      expect(links).toEqual([LINK.url]);
      expect(text.match(/[\w-]+\.[\w-]+\/|www\.|https?:/g)).toEqual(['https:', 'portal.example/']);
    },
  );
});

describe('an advertisement', () => {
  const laidOut = (
    purpose: MailPurpose,
    locale: (typeof LOCALES)[number],
    advertiser: typeof ADVERTISER | null,
  ) =>
    layOut({
      letter: { subject: 'News', blocks: ['News.'] },
      locale,
      purpose,
      unsubscribeUrl: null,
      openTrackingUrl: null,
      advertiser,
    });

  it.each([
    ['en', 'Advertisement', 'Hello,', 'Contact'],
    ['de', 'Werbung', 'Guten Tag,', 'Kontakt'],
    ['es', 'Publicidad', 'Hola:', 'Contacto'],
  ] as const)(
    'says so in its first line in %s, and names the advertiser at its end',
    (locale, mark, salutation, contact) => {
      const { text, html } = laidOut('marketing', locale, ADVERTISER);
      const who = `${ADVERTISER.postalAddress}\n${contact}: ${ADVERTISER.contact}`;
      expect(text.startsWith(`${mark}\n\n${salutation}`)).toBe(true);
      expect(text.endsWith(`\n${who}\n`)).toBe(true);
      expect(html).toContain(`<p>${mark}</p>\n<p>${salutation}</p>`);
      expect(html).toContain(`<br>${who.replace('\n', '<br>')}</p>`);
    },
  );

  it('cannot be laid out without a postal address', () => {
    expect(() => laidOut('marketing', 'en', null)).toThrow(MissingPostalAddress);
  });

  it.each(PURPOSES.filter((purpose) => purpose !== 'marketing'))(
    'is not a mail with the purpose %s',
    (purpose) => {
      const { text } = laidOut(purpose, 'en', ADVERTISER);
      expect(text).not.toContain('Advertisement');
      expect(text).not.toContain(ADVERTISER.postalAddress);
      expect(laidOut(purpose, 'en', null).text).toBe(text);
    },
  );
});

describe('a change of the privacy policy', () => {
  it.each([
    ['en', 'en', 'Read the policy'],
    ['de', 'en', 'Datenschutzerklärung lesen (auf Englisch)'],
    ['es', 'en', 'Leer la política (en inglés)'],
    ['de', 'de', 'Datenschutzerklärung lesen'],
  ] as const)('names in %s the language of the whole text: %s', (locale, language, label) => {
    const change = { summary: ['§ 4'], effectiveOn: '2027-01-01', url: PORTAL, language };
    expect(policyChange[locale](change).blocks).toContainEqual({ link: { label, url: PORTAL, token: null } });
  });
});

describe('amounts and days', () => {
  it.each([
    ['en', 2999, 'EUR', '€29.99'],
    ['de', 2999, 'EUR', '29,99\u00a0€'],
    ['es', 123456, 'USD', '1234,56\u00a0US$'],
    ['en', 500, 'JPY', 'JP¥500'],
    ['de', 1234567, 'KWD', '1.234,567\u00a0KWD'],
  ] as const)('are written in the format of %s: %i %s', (locale, amount, currency, text) => {
    expect(amountText(locale, amount, currency)).toBe(text);
  });

  it('are written with the name of the month', () => {
    const days = LOCALES.map((locale) => dateText(locale, '2026-11-01'));
    expect(days).toEqual(['1 November 2026', '1. November 2026', '1 de noviembre de 2026']);
  });
});

/** Our own words in a paragraph. */
function textsIn(block: Letter['blocks'][number]): string[] {
  if (typeof block === 'string') return [block];
  if ('link' in block || 'facts' in block) return [];
  return block.flatMap((piece) => (typeof piece === 'string' ? [piece] : 'url' in piece ? [piece.url] : []));
}

/** The words of the HTML, one block a line. */
function visible({ html }: ParsedMail): string {
  return String(html)
    .replace(/<style>.*?<\/style>/s, '')
    .replace(/<[^>]+>/g, '')
    .replaceAll('&#39;', "'")
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
}
