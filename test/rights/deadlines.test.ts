import { describe, expect, it } from 'vitest';
import { privacyLawsFile } from '../../src/config/policy.js';
import type { Day } from '../../src/day.js';
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
