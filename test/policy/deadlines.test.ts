import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authoritiesFile, privacyLawsFile } from '../../src/config/policy.js';
import type { RightsRequestKind } from '../../src/entities/rights/rights-request.js';
import { type Day, daysAfter, daysFrom, parseDay } from '../../src/lib/calendar.js';
import { loadAuthorities } from '../../src/services/policy/authorities.js';
import { acknowledgeDay, dueDay } from '../../src/services/policy/deadlines.js';
import { loadPrivacyLaws } from '../../src/services/policy/laws.js';
import { dayOfReceipt, latestDay } from '../../src/services/policy/local-days.js';
import { read } from '../repo/source-files.js';

const laws = await loadPrivacyLaws(privacyLawsFile);
const [gdpr, cpra] = [laws.law('gdpr'), laws.law('cpra')];
const due = (
  law: typeof gdpr,
  received: string,
  more: { kind?: RightsRequestKind; pausedDays?: number; extended?: boolean } = {},
) => dueDay(law, { kind: 'access', receivedOn: received as Day, pausedDays: 0, extended: false, ...more });

describe('the last day of an answer', () => {
  it('is a calendar month away under the GDPR, on the day of the same number or the month’s last', () => {
    expect(due(gdpr, '2027-03-05')).toBe('2027-04-05');
    expect(due(gdpr, '2026-08-31')).toBe('2026-09-30');
    expect(due(gdpr, '2028-01-31')).toBe('2028-02-29');
    expect(due(gdpr, '2026-12-31')).toBe('2027-02-01');
  });

  it('is the 45th day under the CPRA, that of the receipt being the first, and stays there whatever is awaited', () => {
    expect(due(cpra, '2026-11-27')).toBe('2027-01-10');
    expect(due(cpra, '2026-12-01', { pausedDays: 5 })).toBe('2027-01-14');
    expect(due(cpra, '2026-12-01', { extended: true })).toBe('2027-02-28');
  });

  it('of opting out under the CPRA is the fifteenth business day, and no extension moves it', () => {
    expect(due(cpra, '2026-11-30', { kind: 'objection' })).toBe('2026-12-18');
    expect(due(cpra, '2026-11-30', { kind: 'objection', extended: true })).toBe('2026-12-18');
  });

  it('is a month from the identification under the UK GDPR, if that was awaited', () => {
    const uk = laws.law('uk-gdpr');
    expect(due(uk, '2027-01-29', { pausedDays: 3 })).toBe('2027-03-01');
    expect(due(gdpr, '2027-01-29', { pausedDays: 3 })).toBe('2027-03-03');
  });

  it('is that of the person’s own country where it is earlier than the GDPR’s', () => {
    expect(due(laws.lawOf('KR', null), '2026-12-01', { extended: true })).toBe('2026-12-11');
    expect(due(laws.lawOf('AR', null), '2026-12-01')).toBe('2026-12-11');
    expect(due(laws.lawOf('AR', null), '2026-12-01', { kind: 'deletion' })).toBe('2026-12-08');
    expect(due(laws.lawOf('TR', null), '2026-12-01', { extended: true })).toBe('2026-12-31');
  });

  it('is never later than the calendar of the person’s place has it', () => {
    const at = (time: string) => Date.parse(time);
    const seen = (law: typeof gdpr, time: string) => dayOfReceipt(law, at(time));
    // 17:00 of the 26th in California.
    expect(seen(cpra, '2026-11-27T01:00:00Z')).toBe('2026-11-26');
    expect(seen(cpra, '2026-11-27T20:00:00Z')).toBe('2026-11-27');
    // 01:30 of the 27th in Finland counts as the 26th: against us.
    expect(seen(gdpr, '2026-11-26T23:30:00Z')).toBe('2026-11-26');
    expect(latestDay(gdpr, at('2026-11-26T23:30:00Z'))).toBe('2026-11-27');
    expect(latestDay(cpra, at('2026-11-26T23:30:00Z'))).toBe('2026-11-26');
  });

  it('differs from the day of the acknowledgement, ten business days away', () => {
    expect(acknowledgeDay(cpra, '2026-11-23' as Day)).toBe('2026-12-07');
    expect(acknowledgeDay(gdpr, '2026-11-23' as Day)).toBeNull();
  });
});

describe('the clocks of all laws', () => {
  const days = fc.integer({ min: 0, max: 14_610 }).map((count) => daysAfter('2024-01-01' as Day, count));

  it('count over leap days, ends of months and of years', () => {
    expect(due(gdpr, '2027-01-31')).toBe('2027-03-01');
    expect(due(gdpr, '2028-02-29')).toBe('2028-03-29');
    expect(due(gdpr, '2027-11-30', { extended: true })).toBe('2028-02-29');
    expect(due(gdpr, '2027-01-28', { pausedDays: 5 })).toBe('2027-03-05');
    expect(acknowledgeDay(cpra, '2026-12-24' as Day)).toBe('2027-01-07');
  });

  it('never end early, never run backwards, and only get longer by a pause or an extension', () => {
    for (const law of laws.all()) {
      const length = law.answer.unit === 'month' ? 28 * law.answer.length : law.answer.length;
      const shortest = length - (law.receiptDayCounts ? 1 : 0);
      fc.assert(
        fc.property(days, fc.nat({ max: 60 }), (received, pausedDays) => {
          const end = due(law, received);
          expect(daysFrom(received, end) - 1).toBeGreaterThanOrEqual(shortest);
          expect(due(law, daysAfter(received, 1)) >= end).toBe(true);
          expect(due(law, received, { pausedDays }) >= end).toBe(true);
          expect(due(law, received, { extended: true }) >= end).toBe(true);
        }),
      );
    }
  });
});

describe('the tables of laws and authorities', () => {
  const MEMBERS =
    'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IS IT LI LT LU LV MT NL NO PL PT RO SE SI SK'.split(' ');

  it('have the GDPR and an authority of its own for every country of the EU and the EEA', async () => {
    const authorities = await loadAuthorities(authoritiesFile);
    for (const country of MEMBERS) {
      expect(laws.lawOf(country, null).id).toBe('gdpr');
      expect(authorities.of(country)).not.toEqual(authorities.of(null));
    }
  });

  it('answer Canadians within thirty days, and never later: Quebec has no extension', () => {
    const law = laws.lawOf('CA', null);
    expect(due(law, '2026-12-31')).toBe('2027-01-30');
    expect(due(law, '2026-12-31', { extended: true })).toBe('2027-01-30');
  });

  it('give nobody outside California a Californian law or authority', async () => {
    const authorities = await loadAuthorities(authoritiesFile);
    for (const state of ['TN', 'NJ', 'NE', 'MD', 'KY', 'RI', 'VA', 'NY', null]) {
      const law = laws.lawOf('US', state);
      expect(`${law.name} ${authorities.ofRequest(law, 'US').name}`).not.toMatch(/California/);
    }
    expect(authorities.ofRequest(laws.lawOf('US', 'VA'), 'US').name).toBe('Attorney General of Virginia');
    expect(authorities.ofRequest(laws.lawOf('DE', null), 'DE')).toEqual(authorities.of('DE'));
  });

  it('give an appeal where a state has one, and promise a court only where there is one', () => {
    const ofStates = laws.all().filter(({ authority }) => authority !== null);
    const without = ofStates.filter(({ appeal }) => appeal === null).map(({ id }) => id);
    expect(without).toEqual(['cpra', 'utah-ucpa']);
    expect(ofStates.filter(({ court }) => court).map(({ id }) => id)).toEqual(['cpra']);
    expect(laws.law('oregon-ocpa').appeal?.answer).toEqual({ unit: 'day', length: 45 });
    expect(laws.law('virginia-cdpa').appeal?.answer).toEqual({ unit: 'day', length: 60 });
  });

  it.each(['KR', 'TR', 'ZA', 'IL', 'AR', 'SG', 'IN', 'US', 'GB', 'BR'])(
    'have an authority of its own for %s',
    async (country) => {
      const authorities = await loadAuthorities(authoritiesFile);
      expect(authorities.of(country)).not.toEqual(authorities.of(null));
    },
  );

  it.each(['privacy-laws', 'authorities', 'ages', 'marketing-law'])(
    'of %s say of every row where it comes from, and when somebody last looked there',
    (name) => {
      const file = JSON.parse(read(`policy/${name}.json`));
      const rows = Object.entries(file.laws ?? file.countries ?? file);
      const bare = rows.filter(([, row]) => {
        const { source, readOn } = row as { source?: string; readOn?: string };
        return !source || parseDay(readOn ?? '') === null;
      });
      expect(bare).toEqual([]);
    },
  );
});
