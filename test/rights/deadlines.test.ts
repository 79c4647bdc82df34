import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { authoritiesFile, privacyLawsFile } from '../../src/config/policy.js';
import { type Day, daysAfter, daysFrom } from '../../src/day.js';
import { loadAuthorities } from '../../src/services/rights/authorities.js';
import { acknowledgeDay, dueDay } from '../../src/services/rights/deadlines.js';
import { loadPrivacyLaws } from '../../src/services/rights/laws.js';

const laws = await loadPrivacyLaws(privacyLawsFile);
const [gdpr, cpra] = [laws.law('gdpr'), laws.law('cpra')];
const due = (law: typeof gdpr, received: string, more: { pausedDays?: number; extended?: boolean } = {}) =>
  dueDay(law, { receivedOn: received as Day, pausedDays: 0, extended: false, ...more });

describe('the last day of an answer', () => {
  it('is a calendar month away under the GDPR, on the day of the same number or the month’s last', () => {
    expect(due(gdpr, '2027-03-05')).toBe('2027-04-05');
    expect(due(gdpr, '2026-08-31')).toBe('2026-09-30');
    expect(due(gdpr, '2028-01-31')).toBe('2028-02-29');
    expect(due(gdpr, '2026-12-31')).toBe('2027-02-01');
  });

  it('is 45 days away under the CPRA, and stays there whatever is awaited', () => {
    expect(due(cpra, '2026-12-01', { pausedDays: 5 })).toBe('2027-01-15');
    expect(due(cpra, '2026-12-01', { extended: true })).toBe('2027-03-01');
  });

  it('is told apart from the day of the acknowledgement, ten business days away', () => {
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
      const shortest = law.answer.unit === 'month' ? 28 * law.answer.length : law.answer.length;
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

  it('answer Canadians within thirty days, and sixty when extended', () => {
    const law = laws.lawOf('CA', null);
    expect(due(law, '2026-12-31')).toBe('2027-01-30');
    expect(due(law, '2026-12-31', { extended: true })).toBe('2027-03-01');
  });
});
