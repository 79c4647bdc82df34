import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createLogger } from '../../src/runtime/log.js';
import { oneLinePerOutage } from '../../src/runtime/one-line-per-outage.js';

describe('the log of requests that fail', () => {
  let lines: Record<string, unknown>[];
  let log: ReturnType<typeof oneLinePerOutage>;
  beforeEach(() => {
    vi.useFakeTimers();
    lines = [];
    log = oneLinePerOutage(createLogger('gateway', (line) => lines.push(JSON.parse(line))));
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const fail = (code: string, field: string) => log.warn('request.failed', { part: 'http', code, field });

  it('states it once, then the number each minute, and again after an end', () => {
    for (let i = 0; i < 1000; i += 1) fail('ECONNREFUSED', i % 2 === 0 ? 'viewer' : 'signIn');
    expect(lines).toMatchObject([{ code: 'ECONNREFUSED', field: 'viewer' }]);
    vi.advanceTimersByTime(60_000);
    expect(lines.slice(1)).toMatchObject([{ level: 'warn', event: 'request.failed', count: 999 }]);
    fail('ECONNREFUSED', 'viewer');
    vi.advanceTimersByTime(60_000);
    expect(lines.slice(2)).toMatchObject([{ count: 1 }]);
    vi.advanceTimersByTime(60_000);
    expect(lines).toHaveLength(3);
    fail('ECONNREFUSED', 'viewer');
    expect(lines[3]).not.toHaveProperty('count');
  });

  it('has a separate line for each kind of error, and for each field with a defect of the product', () => {
    fail('ECONNREFUSED', 'viewer');
    fail('25006', 'viewer');
    for (const field of ['viewer', 'signIn', 'viewer']) log.error('request.failed', { code: '42P01', field });
    expect(lines).toHaveLength(4);
  });

  it('does not limit other events', () => {
    for (let i = 0; i < 3; i += 1) log.warn('mail.failed', { code: '550' });
    expect(lines).toHaveLength(3);
  });
});
