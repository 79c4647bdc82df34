import { beforeAll, describe, expect, it } from 'vitest';
import { type Report, soak } from '../../bench/soak/drill.js';
import { growth } from '../../bench/soak/growth.js';
import { root } from '../repo/source-files.js';

/** The soak in small: `npm run soak` is the same for half an hour. */
describe('a gateway under load', () => {
  let report: Report;
  beforeAll(async () => {
    report = await soak({
      seconds: 7,
      rate: 200,
      users: 24,
      people: 60,
      watchers: 20,
      restartSeconds: 1,
      sampleSeconds: 1,
      gatewayScript: `${root}dist/src/bin/gateway.js`,
      say: () => {},
    });
  });

  it('gives only correct responses', () => {
    expect(report.failures).toEqual({});
    expect(report.requests).toBeGreaterThan(300);
    expect(report.connections).toBeGreaterThan(24);
  });

  it('sends every change to its subscribers', () => {
    expect(report.updates).toBeGreaterThan(0);
  });

  it('returns SERVICE_UNAVAILABLE while Postgres restarts, and serves again as soon as it is back', () => {
    expect(report.unavailable).toBeGreaterThan(0);
    expect(report.recoverySeconds).toBeLessThan(3);
  });

  it('stops within seconds on SIGTERM, and drops no request that it has accepted', () => {
    expect(report.stop).toMatchObject({ exitCode: 0, drops: 0 });
    expect(report.stop.seconds).toBeLessThan(10);
  });

  it('has measurements of its memory', () => {
    expect(report.memory.length).toBeGreaterThan(3);
    for (const { rss, heap } of report.memory) expect(rss).toBeGreaterThan(heap);
  });
});

it('memory counts as grown when its medians or minima rise, regardless of single samples', () => {
  const sawtooth = Array.from({ length: 300 }, (_, index) => 100 + (index % 60));
  const warmingUp = sawtooth.map((bytes, index) => (index < 30 ? index : bytes));
  const leaking = sawtooth.map((bytes, index) => bytes + index);
  for (const share of [0.1, 0.5]) {
    expect(growth(leaking, share)).toBeGreaterThan(0.5);
  }
  expect(Math.abs(growth([...sawtooth.slice(1), 9000], 0.1))).toBeLessThan(0.05);
  expect(Math.abs(growth(warmingUp, 0.1))).toBeLessThan(0.05);
  expect(growth([1, 1, 1, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 900, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5], 0.5)).toBe(0);
});
