// How fast the store moves networks: what a router's update costs when its address has changed, and when it has not.
import { randomUUID } from 'node:crypto';
import type { AllowlistWriter } from '../../src/allowlist/writer.js';
import { daysAfter, today } from '../../src/lib/calendar.js';
import { type Prefix, prefixOf } from '../../src/lib/ip.js';

export interface NetworkRates {
  /** Updates a second that find the address as it is. */
  readonly unchanged_per_second: number;
  /** Moves to another address a second. */
  readonly moves_per_second: number;
}

const IN_FLIGHT = 16;
/** The network of benchmarks (RFC 2544), in which no other entry lies. */
const FIRST = 0xc6120000;
const SIZE = 1 << 17;

const addressAt = (index: number): Prefix => prefixOf({ family: 4, words: [FIRST + (index % SIZE)] }, 32);
const digestAt = (index: number): string => index.toString(16).padStart(64, '0');

/** Registers so many networks of as many accounts, measures, and removes them. */
export async function networkRates({ networks }: AllowlistWriter, count: number): Promise<NetworkRates> {
  const preferences = { region: 'us', serviceRegions: new Map([['bbc-iplayer', 'uk']]) };
  const lastDay = daysAfter(today(), 35);
  await each(count, async (index) => {
    const id = randomUUID();
    const addresses = [addressAt(index)];
    await networks.register(`bench-${index}`, { id, name: 'Home', addresses, preferences, lastDay: null }, 1);
    await networks.setToken(`bench-${index}`, id, digestAt(index));
  });
  const unchanged = await each(count, async (index) => {
    const found = await networks.findByToken(digestAt(index), addressAt(index));
    if (found?.isCurrent !== true) throw new Error('a network has lost its address');
  });
  const moved = await each(count, async (index) => {
    const outcome = await networks.moveByToken(digestAt(index), addressAt(index + count), lastDay);
    if (outcome !== 'moved') throw new Error('a network has not moved');
  });
  await each(count, (index) => networks.removeAccount(`bench-${index}`));
  return { unchanged_per_second: unchanged, moves_per_second: moved };
}

/** Does the work so many times, a few at once. Returns how often in a second. */
async function each(count: number, work: (index: number) => Promise<unknown>): Promise<number> {
  const start = performance.now();
  let next = 0;
  const one = async () => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: IN_FLIGHT }, one));
  return Math.round((count / (performance.now() - start)) * 1000);
}
