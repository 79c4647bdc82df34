import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Follower } from '../../src/allowlist/follower.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { entry, eventually, startedFollower } from '../allowlist/support.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';
import { TcpDevice, UdpDevice } from './support/device.js';
import { decode, query } from './support/messages.js';
import { startTestEdge, type TestEdge } from './support/test-edge.js';
import { startUpstream, type TestUpstream, usualAnswers } from './support/upstream-server.js';

const CUSTOMER = '127.0.0.41';
const RELAYED = 'www.stream.example';
const KEPT = 'kept.example.org';
/** A device asks again when nothing has come for so long. */
const LOST_MS = 1000;

let redis: TestRedis;
let client: Redis;
let writer: AllowlistWriter;
let follower: Follower;
let upstream: TestUpstream;
let edge: TestEdge;
beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.operatorUrl, { retryStrategy: () => 20, maxRetriesPerRequest: null });
  client.on('error', () => {});
  writer = new AllowlistWriter(client);
  await writer.initialise();
  await writer.put(entry(CUSTOMER, { region: 'us' }));
  follower = await startedFollower(redis.nodeUrl);
  upstream = await startUpstream();
  edge = await startTestEdge({
    workers: 2,
    allowlist: follower.replica,
    requiresCookie: true,
    upstreams: [{ host: '127.0.0.1', port: upstream.port }],
    limits: { upstreamRoundsMs: [100, 100] },
  });
});
afterAll(async () => {
  await edge?.close();
  await follower?.close();
  await upstream?.close();
  client?.disconnect();
  await redis?.stop();
});

interface Served {
  answered: number;
  lost: number;
  wrong: number;
}

/** Asks for a name in memory again and again, on sockets that the system deals out to all threads, until it is told to stop. */
async function serve(signal: AbortSignal): Promise<Served> {
  const served = { answered: 0, lost: 0, wrong: 0 };
  const devices = await Promise.all(Array.from({ length: 8 }, () => UdpDevice.at(CUSTOMER, edge.port)));
  await Promise.all(
    devices.map(async (device) => {
      for (let id = 1; !signal.aborted; id = (id + 1) & 0xffff) {
        device.send(query({ name: id % 2 === 0 ? RELAYED : KEPT, id }));
        const answer = await device.nextWithin(LOST_MS);
        if (answer === null) served.lost += 1;
        else if (decode(answer).answers.length === 1) served.answered += 1;
        else served.wrong += 1;
      }
      device.close();
    }),
  );
  return served;
}

/** Queries over TCP are forwarded on a cache miss without a cookie. */
async function fetched(name: string): Promise<string> {
  const device = await TcpDevice.at(CUSTOMER, edge.tcpPort);
  try {
    return decode(await device.ask(query({ name }))).rcode;
  } finally {
    device.close();
  }
}

async function isKnown(source: string): Promise<boolean> {
  const device = await UdpDevice.at(source, edge.port);
  try {
    return decode(await device.ask(query({ name: RELAYED }))).rcode === 'NOERROR';
  } finally {
    device.close();
  }
}

/** Runs the fault while customers ask, and returns what it cost them. */
async function drill(name: string, fault: () => Promise<number>): Promise<Served> {
  expect(await fetched(KEPT)).toBe('NOERROR');
  const stop = new AbortController();
  const serving = serve(stop.signal);
  const recovered = Math.round(await fault());
  stop.abort();
  const served = await serving;
  const { answered, lost, wrong } = served;
  process.stdout.write(
    `${name}: ${answered} answered, ${lost} lost, ${wrong} wrong; full service after ${recovered} ms\n`,
  );
  expect(answered).toBeGreaterThan(0);
  return served;
}

const NONE_LOST = { lost: 0, wrong: 0 };

describe('during a failure every query for a name in memory is answered:', () => {
  it('Redis stops and restarts', async () => {
    const served = await drill('Redis gone and back', async () => {
      await redis.kill();
      await eventually(() => follower.state() === 'disconnected');
      const began = performance.now();
      await redis.restart();
      await writer.put(entry('127.0.0.42', { region: 'us' }));
      await vi.waitUntil(() => isKnown('127.0.0.42'), { timeout: 10_000, interval: 1 });
      return performance.now() - began;
    });
    expect(served).toMatchObject(NONE_LOST);
  });

  it('an upstream sends no responses, and then answers again', async () => {
    const served = await drill('upstream silent', async () => {
      upstream.script = () => null;
      expect(await fetched('while-it-is-silent.example.org')).toBe('SERVFAIL');
      upstream.script = usualAnswers;
      const began = performance.now();
      let tries = 0;
      while ((await fetched(`after-${tries}.example.org`)) !== 'NOERROR') {
        tries += 1;
        // Slower than what one source may have forwarded.
        await delay(10);
      }
      return performance.now() - began;
    });
    expect(served).toMatchObject(NONE_LOST);
  });

  it('the wall clock jumps by a day, back and forth', async () => {
    const served = await drill('clock jumps', async () => {
      const began = performance.now();
      for (const jump of [86_400_000, -86_400_000]) {
        vi.useFakeTimers({ toFake: ['Date'], now: Date.now() + jump });
        expect(await fetched(`jumped-by-${jump}.example.org`)).toBe('NOERROR');
        vi.useRealTimers();
      }
      return performance.now() - began;
    });
    expect(served).toMatchObject(NONE_LOST);
  });

  it('a UDP worker is killed', async () => {
    const served = await drill('a thread killed', async () => {
      const began = performance.now();
      await edge.killThread(0);
      const lost = edge.registry.getSingleMetric('dns_workers_lost_total')!;
      await vi.waitUntil(async () => (await lost.get()).values[0]!.value === 1, { interval: 1 });
      // Each of many sockets is answered: those of the dead thread by its successor.
      await Promise.all(Array.from({ length: 16 }, () => isKnown(CUSTOMER)));
      return performance.now() - began;
    });
    // What the thread was working on when it died is lost, and nothing of what waited for it.
    expect(served.wrong).toBe(0);
    expect(served.lost).toBeLessThanOrEqual(8);
  });

  it('Redis is emptied by accident: its empty state is not trusted', async () => {
    const served = await drill('Redis emptied', async () => {
      const began = performance.now();
      await client.flushall();
      await eventually(() => follower.state() === 'empty-store');
      return performance.now() - began;
    });
    expect(served).toMatchObject(NONE_LOST);
    expect(await isKnown(CUSTOMER)).toBe(true);
  });
});

describe('an operator', () => {
  it('who clears the allowlist removes every client at once', async () => {
    await writer.initialise();
    await writer.put(entry('127.0.0.43', { region: 'us' }));
    await vi.waitUntil(() => isKnown('127.0.0.43'), { timeout: 10_000, interval: 1 });
    expect(await writer.clear()).toBe(1);
    await vi.waitUntil(async () => !(await isKnown('127.0.0.43')), { timeout: 10_000, interval: 1 });
    expect(follower.state()).toBe('following');
    expect(follower.replica.size).toBe(0);
  });
});
