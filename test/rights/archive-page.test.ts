import { describe, expect, it } from 'vitest';
import { keptDataFile, privacyLawsFile, processorsFile } from '../../src/config/policy.js';
import type { Day } from '../../src/day.js';
import { PURPOSE_OF } from '../../src/mail/mail.js';
import { loadKeptData } from '../../src/services/kept-data.js';
import { loadProcessors } from '../../src/services/processors.js';
import { type Section, writePage } from '../../src/services/rights/archive-page.js';
import { type PersonFacts, recipientsOf } from '../../src/services/rights/archive-recipients.js';
import { loadPrivacyLaws } from '../../src/services/rights/laws.js';
import { NEXT } from '../../src/services/rights/states.js';
import { SUPPORT_REASONS } from '../../src/services/staff-access.js';

const laws = await loadPrivacyLaws(privacyLawsFile);
const kept = await loadKeptData(keptDataFile, laws);
const processors = await loadProcessors(processorsFile);

const NOBODY: PersonFacts = {
  locale: 'en',
  country: null,
  pays: false,
  granted: [],
  platforms: [],
  agents: [],
};
const ids = (facts: Partial<PersonFacts>, addresses = false) => {
  const names = recipientsOf(processors, { ...NOBODY, ...facts }, addresses, 'en').map(({ name }) => name);
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
    { name: 'addresses', topic: 'addresses', columns: ['address', 'region', 'label', 'lastDay'] } as const,
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

describe.each(['en', 'de', 'es'] as const)('the page of an archive in the language %s', (locale) => {
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
});

it('a column of nothing but the account is a number, not so many rows of it', () => {
  expect(page('en', 9)).toMatch(/Recovery codes that are left<\/h3>\s*<p>There are 9\.<\/p>/);
});

describe('the words of values', () => {
  const { values } = kept.page;

  it('are there for every status, reason and mail', () => {
    expect(Object.keys(values['request-status'] ?? {}).sort()).toEqual(Object.keys(NEXT).sort());
    expect(Object.keys(values['access-reason'] ?? {})).toEqual([
      ...SUPPORT_REASONS,
      'heavy-usage',
      'disclosure',
    ]);
    // Those that wait in the queue for an account.
    const mails = Object.keys(values.mail ?? {});
    expect(Object.keys(PURPOSE_OF)).toEqual(expect.arrayContaining(mails));
  });
});
