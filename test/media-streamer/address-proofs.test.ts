import { randomBytes } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryKey } from '../../src/ephemeral/memory-key.js';
import { RedisReplayGuard } from '../../src/ephemeral/replay-guard.js';
import { done, refused } from '../../src/input/user-error.js';
import { parseAddress } from '../../src/lib/ip.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { AddressProofs } from '../../src/services/media-streamer/address-proofs.js';
import { startEphemeral, type TestRedisServer } from '../support/stores/redis.js';

const FIELD = 'proofs';
const keyring = new Keyring(randomBytes(32));
const key = MemoryKey.random();

describe('a proof of an address', () => {
  let server: TestRedisServer;
  let redis: Redis;
  let now: number;
  /** Two gateways of one installation. */
  let one: AddressProofs;
  let other: AddressProofs;
  beforeAll(async () => {
    server = await startEphemeral();
    redis = new Redis(server.operatorUrl);
    const open = async () => {
      const replayGuard = await RedisReplayGuard.open(redis, () => key);
      return new AddressProofs({ keyring, replayGuard, clock: () => now });
    };
    [one, other] = [await open(), await open()];
    now = Date.now() + 1000;
  });
  afterAll(async () => {
    redis?.disconnect();
    await server?.stop();
  });

  const issue = async (address: string) => one.issue(parseAddress(address)!)!.proof;
  const read = (given: readonly string[], at = one) => {
    const outcome = at.read(given, FIELD);
    return outcome.ok ? outcome.value.map(({ prefix }) => prefix.text) : outcome.userErrors;
  };
  async function use(given: readonly string[], { at = one, work = async () => done('done') } = {}) {
    const outcome = at.read(given, FIELD);
    return outcome.ok ? at.use(outcome.value, { given, field: FIELD }, work) : outcome;
  }
  const invalid = (index: number) => refused({ field: `proofs.${index}`, code: 'PROOF_INVALID' });

  it('stands for an IPv4 address, or for the /64 of an IPv6 address, IPv4 first', async () => {
    const given = [await issue('2001:db8:0:7:1:2:3:4'), await issue('198.51.100.7')];
    expect(read(given)).toEqual(['198.51.100.7', '2001:db8:0:7::/64']);
    expect(read([])).toEqual([]);
  });

  it('writes nothing until it is used: no stranger fills the store with sources', async () => {
    const before = await redis.dbsize();
    for (let network = 0; network < 100; network += 1) await issue(`2001:db8:1:${network}::1`);
    expect(await redis.dbsize()).toBe(before);
  });

  it('is used once, also by two gateways at the same time', async () => {
    const proof = await issue('198.51.100.7');
    const outcomes = await Promise.all([use([proof]), use([proof], { at: other }), use([proof])]);
    expect(outcomes.filter(({ ok }) => ok)).toHaveLength(1);
    expect(await use([proof], { at: other })).toEqual(invalid(0));
    // Reading does not use it up.
    expect(read([proof])).toEqual(['198.51.100.7']);
  });

  it('expires after a minute', async () => {
    const proof = await issue('198.51.100.7');
    const begin = now;
    now = begin + 58_000;
    expect(read([proof])).toEqual(['198.51.100.7']);
    now = begin + 60_000;
    expect(await use([proof])).toEqual(invalid(0));
    now = begin;
  });

  it('can be used again when what it was used for was refused, and when another proof beside it was used before', async () => {
    const [v4, v6] = [await issue('198.51.100.7'), await issue('2001:db8::1')];
    const limit = refused({ field: null, code: 'NETWORK_LIMIT_REACHED' });
    expect(await use([v4, v6], { work: async () => limit })).toEqual(limit);
    expect(await use([v6])).toEqual(done('done'));
    expect(await use([v6, v4])).toEqual(invalid(0));
    expect(await use([v4])).toEqual(done('done'));
  });

  it('is not accepted when somebody made or changed it, or when it was made for something else', async () => {
    const proof = await issue('198.51.100.7');
    const subject = `${'0'.repeat(20)}ffff01010101${now}`;
    const forged = [
      '',
      'x',
      proof.slice(1),
      `${proof}=`,
      `${proof.slice(0, -2)}AA`,
      'A'.repeat(100_000),
      new Keyring(randomBytes(32)).issue('address-proof', subject, now + 60_000),
      keyring.issue('step-up', subject, now + 60_000),
    ];
    for (const each of forged) expect(read([each])).toEqual(invalid(0).userErrors);
    expect(read([proof, 'x'])).toEqual(invalid(1).userErrors);
  });

  it('stands for its family alone: two of one family, or three, are too many', async () => {
    const tooMany = [{ field: 'proofs', code: 'TOO_MANY_PROOFS' }];
    expect(read([await issue('198.51.100.7'), await issue('198.51.100.8')])).toEqual(tooMany);
    const proof = await issue('198.51.100.7');
    expect(read([proof, proof])).toEqual(tooMany);
    expect(read(['x', 'x', 'x'])).toEqual(tooMany);
  });

  it('is not accepted when it is older than the records of what was used', async () => {
    const began = now;
    now = Date.now() - 10_000;
    const proof = await issue('198.51.100.7');
    expect(read([proof])).toEqual(invalid(0).userErrors);
    now = began;
  });
});
