import { describe, expect, it } from 'vitest';
import type { Day } from '../../src/lib/calendar.js';
import {
  MAX_MEGABYTES,
  MAX_PARTS,
  MAX_PROVIDER,
  MAX_REVISION,
  MAX_ROWS,
  type UsageReport,
} from '../../src/usage-reporter/report.js';

describe('a usage report', () => {
  it('has no number in which an IPv4 address would fit', () => {
    const [first = 0] = new Uint32Array(new Uint8Array([0, 0, 0, 1]).buffer);
    expect(first).toBe(2 ** 24);
    for (const limit of [MAX_MEGABYTES, MAX_PROVIDER, MAX_PARTS, MAX_REVISION])
      expect(limit).toBeLessThan(first);
  });

  it('states its day, and no finer time', () => {
    const report: UsageReport = { day: '2026-02-28' as Day, part: 1, revision: 1, rows: [] };
    expect(Object.keys(report)).toEqual(['day', 'part', 'revision', 'rows']);
    expect(MAX_ROWS * MAX_PARTS).toBeGreaterThanOrEqual(50_000_000);
  });
});
