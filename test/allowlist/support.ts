// Short names for what the tests of the allowlist say often.
import { setTimeout as delay } from 'node:timers/promises';
import fc from 'fast-check';
import { Redis } from 'ioredis';
import { type Follower, type FollowerOptions, startFollower } from '../../src/allowlist/follower.js';
import { plainProfile } from '../../src/allowlist/profile.js';
import { AllowlistWriter, type Entry } from '../../src/allowlist/writer.js';
import type { Day } from '../../src/lib/calendar.js';
import { type Address, type Prefix, parseAddress, parsePrefix, prefixOf } from '../../src/lib/ip.js';
import { fromStart } from '../../src/lib/pages.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';

// The same cases in every run; a fault found by chance elsewhere would fail a build that did not cause it.
fc.configureGlobal({ seed: 20_261_122 });

export interface Store {
  readonly server: TestRedis;
  readonly redis: Redis;
  /** For what the gateway's user may not do. */
  readonly operator: Redis;
  readonly writer: AllowlistWriter;
  stop(): Promise<void>;
}

/** A private Redis that nobody has initialised, and a writer on it. */
export async function startStore(): Promise<Store> {
  const server = await startRedis();
  const redis = new Redis(server.url);
  const operator = new Redis(server.operatorUrl);
  return {
    server,
    redis,
    operator,
    writer: new AllowlistWriter(redis),
    async stop() {
      redis.disconnect();
      operator.disconnect();
      await server.stop();
    },
  };
}

/** A follower that has loaded the store, or found it empty. Its loads begin at once. */
export async function startedFollower(url: string, options: FollowerOptions = {}): Promise<Follower> {
  const follower = startFollower(url, { spreadMs: 0, ...options });
  await follower.tried;
  await eventually(() => ['following', 'empty-store'].includes(follower.state()));
  return follower;
}

export function address(text: string): Address {
  const parsed = parseAddress(text);
  if (parsed === null) throw new Error(`not an address: ${text}`);
  return parsed;
}

export function prefix(text: string): Prefix {
  const parsed = parsePrefix(text);
  if (typeof parsed === 'string') throw new Error(`${text}: ${parsed}`);
  return parsed;
}

export function entry(
  prefixText: string,
  rest: { region?: string; label?: string; lastDay?: string | null } = {},
): Entry {
  const { region = 'de', label = '', lastDay = null } = rest;
  const at = prefix(prefixText);
  return { prefix: at, profile: plainProfile(at, region), label, lastDay: lastDay as Day | null };
}

/** Resolves once the condition holds; rejects after ten seconds. For states that announce themselves by no event. */
export async function eventually(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`did not come true: ${condition}`);
    await delay(5);
  }
}

export const anyWord = fc.integer({ min: 0, max: 0xffffffff });
const anyIPv4 = anyWord.map((word): Address => ({ family: 4, words: [word] }));
const anyIPv6 = fc
  .tuple(...[0, 1, 2, 3].map(() => fc.oneof(anyWord, fc.constantFrom(0, 1, 0xffff, 0x10000))))
  .map((words): Address => ({ family: 6, words }))
  .filter(({ words }) => !(words[0] === 0 && words[1] === 0 && words[2] === 0xffff));
export const anyAddress = fc.oneof(anyIPv4, anyIPv6);
export const anyPrefix = anyAddress.chain((each) =>
  fc.integer({ min: 0, max: each.words.length * 32 }).map((length) => prefixOf(each, length)),
);

/** The admins' entries, by address; the tests of a store without networks at their prefixes. */
export async function entriesOf(writer: AllowlistWriter): Promise<Entry[]> {
  const { entries } = await writer.page(fromStart(10_000));
  return entries
    .filter(({ value }) => value.byAdmin)
    .map(({ value: { prefix: at, profile, label, lastDay } }) => ({ prefix: at, profile, label, lastDay }));
}
