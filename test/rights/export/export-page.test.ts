import { createRequire } from 'node:module';
import axe from 'axe-core';
import { describe, expect, it } from 'vitest';
import { ALL_MAILS } from '../../../src/app/mails.js';
import { dataInventoryFile, privacyLawsFile, processorsFile } from '../../../src/config/policy.js';
import type { Role } from '../../../src/entities/account/account.js';
import type { ConsentPurpose, ConsentSource } from '../../../src/entities/consent/consent.js';
import type {
  DenialReason,
  ExtensionReason,
  RightsRequestChannel,
  RightsRequestKind,
  RightsRequestStatus,
  Verification,
} from '../../../src/entities/rights/rights-request.js';
import type { DocumentKind } from '../../../src/entities/rights/rights-request-document.js';
import type { Day } from '../../../src/lib/calendar.js';
import { loadDataInventory } from '../../../src/services/data-inventory/data-inventory.js';
import { loadPrivacyLaws } from '../../../src/services/policy/laws.js';
import { loadProcessors } from '../../../src/services/policy/processors.js';
import { type Section, writePage } from '../../../src/services/rights/export/export-page.js';
import { type PersonFacts, recipientsOf } from '../../../src/services/rights/export/export-recipients.js';
import type { AccessReason } from '../../../src/services/staff/staff-access.js';

/** jsdom, typed here: its own types would bring those of the DOM into the whole program. */
const { JSDOM } = createRequire(import.meta.url)('jsdom') as {
  readonly JSDOM: new (
    html: string,
    options: { readonly runScripts: 'outside-only' },
  ) => {
    readonly window: {
      eval(script: string): void;
      readonly document: never;
      readonly axe: Pick<typeof axe, 'run'>;
      close(): void;
    };
  };
};

const laws = await loadPrivacyLaws(privacyLawsFile);
const kept = await loadDataInventory(dataInventoryFile, laws);
const processors = await loadProcessors(processorsFile);

const NOBODY: PersonFacts = {
  locale: 'en',
  country: null,
  pays: false,
  granted: [],
  platforms: [],
  agents: [],
};
const ids = (facts: Partial<PersonFacts>, hasNetwork = false) => {
  const names = recipientsOf(processors, { ...NOBODY, ...facts }, hasNetwork, 'en').map(({ name }) => name);
  return processors.processors.filter(({ name }) => names.includes(name)).map(({ id }) => id);
};

describe('who may have got data of a person', () => {
  it('is nobody whose work they neither use nor have agreed to', () => {
    expect(ids({})).toEqual(['mail-delivery']);
    expect(ids({ pays: true }, true)).toEqual(['mail-delivery', 'payment', 'dns-upstreams']);
    expect(ids({ granted: ['diagnostics'], platforms: ['linux'] })).toEqual([
      'mail-delivery',
      'sentry',
      'google-analytics-extensions',
    ]);
    expect(ids({ granted: ['analytics-cookies'] })).toEqual(['mail-delivery', 'google-analytics']);
    expect(ids({ platforms: ['ios'] })).toEqual(['mail-delivery']);
  });

  it('names the agents that have asked for them', () => {
    const recipients = recipientsOf(processors, { ...NOBODY, agents: ['Data Helpers'] }, false, 'de');
    expect(recipients.at(-1)).toMatchObject({ name: 'Bevollmächtigte Vertreter', owner: 'Data Helpers' });
  });
});

/** Two rows of each table, with a value of each kind. */
const sections = (count: number) => {
  const tables = kept.exported().map(({ table, topic, columns }) => ({
    name: table,
    topic,
    columns: columns.map(({ name }) => name),
  }));
  const all = [
    ...tables,
    {
      name: 'networks',
      topic: 'networks',
      columns: [
        'id',
        'name',
        'ipv4',
        'ipv4LastDay',
        'ipv6',
        'ipv6LastDay',
        'region',
        'serviceRegions',
        'lastDay',
        'updateToken',
      ],
    } as const,
    { name: 'sessions', topic: 'sessions', columns: ['endsOn', 'secondFactor', 'policyVersion'] } as const,
    { name: 'mails', topic: 'mails', columns: ['kind'] } as const,
  ];
  return all.map((table): Section => {
    const row = Object.fromEntries(table.columns.map((column) => [column, 'value']));
    return { ...table, count, rows: Array(Math.min(count, 2)).fill(row) };
  });
};

function page(locale: 'en' | 'de' | 'es', count: number): string {
  const facts = { ...NOBODY, granted: ['diagnostics'], platforms: ['linux'] };
  return writePage({
    locale,
    day: '2027-03-05' as Day,
    sections: sections(count),
    texts: kept.page,
    values: kept.page.values,
    laws,
    processors,
    recipients: recipientsOf(processors, facts, false, locale),
    authority: { name: 'Authority', url: 'https://authority.example' },
    controller: { contact: 'c@example.com', dataProtectionSpecialist: 'd@example.com', postalAddress: null },
  });
}

describe.each(['en', 'de', 'es'] as const)('the page of a data export in the language %s', (locale) => {
  const [none, one, many] = [page(locale, 0), page(locale, 1), page(locale, 500)];

  it('names no table and no column by its name in the store', () => {
    for (const text of [none, one, many]) {
      expect(text).toContain(`<html lang="${locale}">`);
      const read = text.replace(/<style>.*<\/style>/s, '').replace(/<[^>]*>/g, ' ');
      const named = read.replaceAll(/tables\/\w+\.csv/g, '');
      expect(named.match(/\b[a-z]+_[a-z_]+\b/g)).toBeNull();
    }
  });

  it('says for each table what it is for and for how long, and whom to turn to', () => {
    const { tables } = kept.page;
    expect(one.match(/<dl class="about">/g)).toHaveLength(Object.keys(tables).length);
    for (const text of [
      'Authority',
      'https://authority.example',
      'c@example.com',
      'd@example.com',
      '2021/914',
    ]) {
      expect(one).toContain(text);
    }
    expect(one).not.toMatch(/\{months\}|undefined/);
  });

  it('can be walked through by landmarks, headings and the keyboard alone', () => {
    for (const text of [none, one, many]) {
      for (const landmark of ['header', 'nav', 'main']) expect(text.split(`<${landmark}`)).toHaveLength(2);
      // Nothing visible stands outside of a landmark.
      const outside = text
        .split('<body>')[1]!
        .replace(/<header>.*<\/header>|<nav .*<\/nav>|<main>.*<\/main>/gs, '')
        .replace(/<\/body>\s*<\/html>/, '');
      expect(outside.trim()).toBe('');
      const anchors = [...text.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id);
      expect(new Set(anchors).size).toBe(anchors.length);
      for (const [, target] of text.matchAll(/ (?:href="#|aria-labelledby=")([^"]+)"/g)) {
        expect(anchors).toContain(target);
      }
      expect(text).not.toContain('title="');
      const levels = [...text.matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
      const steps = levels.map((level, index) => level - (levels[index - 1] ?? 0));
      expect(Math.max(...steps)).toBe(1);
    }
    const regions = many.match(/<div class="scroll"[^>]*>/g) ?? [];
    expect(regions.length).toBeGreaterThan(10);
    for (const region of regions) expect(region).toMatch(/role="region" tabindex="0" aria-labelledby="t-/);
    expect(many.match(/<th>/g)).toBeNull();
  });

  it('has no accessibility error that axe-core finds without a layout', async () => {
    for (const text of [none, one, many]) {
      const { violations, passes } = await accessibility(text);
      expect(violations).toEqual([]);
      expect(passes).toEqual(expect.arrayContaining(['document-title', 'html-has-lang', 'region']));
    }
  });
});

it('axe-core finds the errors of a page that is broken on purpose', async () => {
  const broken = page('en', 500)
    .replace('<html lang="en">', '<html>')
    .replace('<header>', '<p>Outside of a landmark</p><header>')
    .replaceAll('aria-labelledby="t-', 'aria-labelledby="none-');
  const { violations } = await accessibility(broken);
  expect(violations.map(({ rule }) => rule)).toEqual(['html-has-lang', 'landmark-unique', 'region']);
});

/** Contrast and the size of targets need a layout, which jsdom does not have. */
async function accessibility(html: string) {
  const { window } = new JSDOM(html, { runScripts: 'outside-only' });
  try {
    window.eval(axe.source);
    const { violations, passes } = await window.axe.run(window.document, {
      resultTypes: ['violations'],
      rules: { 'color-contrast': { enabled: false }, 'target-size': { enabled: false } },
    });
    return {
      violations: violations.map(({ id, nodes }) => ({ rule: id, at: nodes.map(({ html: at }) => at) })),
      passes: passes.map(({ id }) => id),
    };
  } finally {
    window.close();
  }
}

it('a column of nothing but the account is a number, not so many rows of it', () => {
  expect(page('en', 9)).toMatch(/Recovery codes that are left<\/h3>\s*<p>There are 9\.<\/p>/);
});

/** Complete by type: a code that is missing here does not compile. */
const CODES: {
  readonly role: Record<Role, true>;
  readonly 'consent-purpose': Record<ConsentPurpose, true>;
  readonly 'consent-source': Record<ConsentSource, true>;
  readonly 'access-reason': Record<AccessReason, true>;
  readonly 'request-kind': Record<RightsRequestKind, true>;
  readonly 'request-channel': Record<RightsRequestChannel, true>;
  readonly 'request-status': Record<RightsRequestStatus, true>;
  readonly 'extension-reason': Record<ExtensionReason, true>;
  readonly 'denial-reason': Record<DenialReason, true>;
  readonly verification: Record<Verification, true>;
  readonly 'document-kind': Record<DocumentKind, true>;
} = {
  role: { user: true, support: true, dpo: true, admin: true },
  'consent-purpose': {
    marketing: true,
    diagnostics: true,
    'analytics-cookies': true,
    'advertising-cookies': true,
    sharing: true,
  },
  'consent-source': { person: true, agent: true, somebody: true, gpc: true, unsubscribe: true },
  'access-reason': {
    'connection-problem': true,
    'slow-connection': true,
    'app-problem': true,
    'location-advice': true,
    'data-volume': true,
    'heavy-usage': true,
    disclosure: true,
  },
  'request-kind': {
    access: true,
    correction: true,
    deletion: true,
    restriction: true,
    objection: true,
    portability: true,
    'withdrawal-of-consent': true,
    complaint: true,
  },
  'request-channel': { online: true, email: true, letter: true, telephone: true },
  'request-status': {
    submitted: true,
    'identity-required': true,
    'in-progress': true,
    extended: true,
    fulfilled: true,
    denied: true,
    appealed: true,
    withdrawn: true,
    expired: true,
    erased: true,
  },
  'extension-reason': { complexity: true, 'number-of-requests': true },
  'denial-reason': {
    'identity-not-verified': true,
    'no-data-found': true,
    'manifestly-unfounded': true,
    excessive: true,
    'legal-obligation': true,
    'legal-claims': true,
    'rights-of-others': true,
    'data-accurate': true,
    'not-covered': true,
    'fraud-suspected': true,
    'permission-missing': true,
    'permission-unsigned': true,
    'permission-expired': true,
    'permission-forged': true,
  },
  verification: {
    'fresh-factor': true,
    mailbox: true,
    agent: true,
    'not-needed': true,
    'recorded-call': true,
    'recorded-document': true,
    'recorded-power-of-attorney': true,
  },
  'document-kind': { permission: true, evidence: true },
};

describe('the words of values', () => {
  const { values } = kept.page;

  it.each(Object.entries(CODES))('are there for every code of %s, and for no other', (list, codes) => {
    expect(Object.keys(values[list] ?? {}).sort()).toEqual(Object.keys(codes).sort());
  });

  it('are there for mails that wait in the queue', () => {
    expect(ALL_MAILS.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(values.mail ?? {})));
  });
});
