import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/lib/ip.js';
import { NetworkUpdates } from '../../../src/services/media-streamer/network-updates.js';
import { newUpdateToken, updateTokenDigest } from '../../../src/services/media-streamer/update-tokens.js';
import { WrongTokens } from '../../../src/services/media-streamer/wrong-tokens.js';

const SOURCE = parseAddress('8.8.4.5');
const NOON = Date.parse('2026-11-28T12:00:00Z');

describe('wrong update tokens', () => {
  const token = newUpdateToken();
  let asked = 0;
  function gateway(clock = () => NOON): NetworkUpdates {
    asked = 0;
    return new NetworkUpdates({
      networks: {
        async findByToken(digest) {
          asked += 1;
          if (digest !== updateTokenDigest(token)) return null;
          return { accountId: 'a', networkId: 'n', isCurrent: true, lastDay: null };
        },
        moveByToken: async () => 'moved',
      },
      throttle: { allows: async () => true, clear: async () => {} },
      isRestricted: async () => false,
      allowPrivateAddresses: false,
      clock,
    });
  }

  it('reach the store 20 times in ten minutes from one source, of a million guesses', async () => {
    const updates = gateway();
    const outcomes = new Map<string, number>();
    for (let guess = 0; guess < 1_000_000; guess += 1) {
      const { kind } = await updates.update(`guess${guess}`, SOURCE);
      outcomes.set(kind, (outcomes.get(kind) ?? 0) + 1);
    }
    expect(asked).toBe(20);
    expect([...outcomes]).toEqual([
      ['wrong-token', 20],
      ['later', 999_980],
    ]);
    // Another household gets in meanwhile.
    expect((await updates.update(token, parseAddress('8.8.4.6'))).kind).toBe('unchanged');
  }, 60_000);

  it('that are the same each time, as of a router with an old password, ask the store once and lock nobody out', async () => {
    let now = NOON;
    const updates = gateway(() => now);
    const old = newUpdateToken();
    for (let attempt = 0; attempt < 1000; attempt += 1) {
      expect(await updates.update(old, SOURCE)).toEqual({ kind: 'wrong-token' });
      expect(await updates.update('a'.repeat(1000), SOURCE)).toEqual({ kind: 'wrong-token' });
    }
    expect(asked).toBe(1);
    // A neighbour behind the same address of a carrier's NAT.
    expect((await updates.update(token, SOURCE)).kind).toBe('unchanged');
    now += 600_000;
    await updates.update(old, SOURCE);
    expect(asked).toBe(3);
  });

  it('are counted by the /64 of a source, and forgotten after ten minutes', () => {
    let now = NOON;
    const wrongTokens = new WrongTokens(() => now);
    const [one, neighbour, other] = ['2001:4860::1', '2001:4860::2', '2001:4860:0:1::1'].map(parseAddress);
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect(wrongTokens.secondsToWait(one!)).toBe(0);
      wrongTokens.add(one!, `guess${attempt}`);
    }
    expect(wrongTokens.secondsToWait(neighbour!)).toBe(600);
    expect(wrongTokens.secondsToWait(other!)).toBe(0);
    now += 599_000;
    expect(wrongTokens.secondsToWait(one!)).toBe(1);
    now += 1000;
    expect(wrongTokens.secondsToWait(one!)).toBe(0);
  });

  it('of so many sources that memory would fill make the oldest ones forgotten', () => {
    const wrongTokens = new WrongTokens(() => NOON);
    const sourceAt = (index: number) => ({ family: 4 as const, words: [0x08000000 + index] });
    for (let attempt = 0; attempt < 20; attempt += 1) wrongTokens.add(sourceAt(0), `guess${attempt}`);
    for (let index = 1; index < 10_000; index += 1) wrongTokens.add(sourceAt(index), 'guess');
    expect(wrongTokens.secondsToWait(sourceAt(0))).toBe(600);
    wrongTokens.add(sourceAt(10_000), 'guess');
    expect(wrongTokens.secondsToWait(sourceAt(0))).toBe(0);
  });
});
