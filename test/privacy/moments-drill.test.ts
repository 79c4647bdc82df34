import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { encodeKey } from '../../src/allowlist/keys.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { PostgresUpkeep } from '../../src/db/upkeep.js';
import { type Prefix, parsePrefix } from '../../src/lib/ip.js';
import { SessionService } from '../../src/services/sign-in/session.js';
import { graphql } from '../support/http/graphql-client.js';
import { sendUpdate } from '../support/http/update-client.js';
import { makeAccount, PASSWORD } from '../support/people/account.js';
import { SECRET_KEY } from '../support/settings.js';
import { startRedis } from '../support/stores/redis.js';
import { type Person, personOf, readMoments, readPlaces, type Span } from './moments.js';
import { type RaidedProduct, startToBeRaided } from './raid.js';

/** In no order that anything would sort them into. */
const SOURCES = [117, 23, 201, 64, 150, 9, 88, 176].map((last) => `127.0.9.${last}`);

describe('times and orders, after a raid', () => {
  let product: RaidedProduct;
  beforeAll(async () => {
    product = await startToBeRaided({ SECRET_KEY });
  }, 120_000);
  afterAll(() => product?.remove());

  /** Returns the payload. */
  async function mutate(operation: string, more: { token?: string; source: string }) {
    const { data, errors } = await graphql(product.graphqlUrl, {
      query: `mutation { ${operation} }`,
      ...more,
    });
    const [payload] = Object.values(data);
    expect([errors, payload]).toEqual([undefined, expect.objectContaining({ userErrors: [] })]);
    return payload as { network?: { id: string }; token?: string };
  }

  /**
   * Eight people, one after the other: each signs in, changes the profile, registers a network, which its router moves to another
   * address; and one more signs up.
   */
  async function liveInOrder(): Promise<{ people: Person[]; span: Span }> {
    const accounts = [];
    for (const source of SOURCES)
      accounts.push({ ...(await makeAccount(product, { country: 'DE' })), source });
    const from = Date.now();
    const people: Person[] = [];
    for (const { source, token, ...account } of accounts) {
      const stranger = `next-to-${account.email}`;
      const credentials = `email: "${account.email}", password: "${PASSWORD}", delivery: BEARER`;
      await mutate(`signIn(input: { ${credentials} }) { userErrors { code } }`, { source });
      const profile = 'version: 1, name: "Anna", locale: EN, country: "DE"';
      await mutate(`updateProfile(input: { ${profile} }) { userErrors { code } }`, { token, source });
      const registered = 'network { id } userErrors { code }';
      const { network } = await mutate(
        `registerNetwork(input: { name: "Home", regionId: "us" }) { ${registered} }`,
        { token, source },
      );
      const rotated = await mutate(
        `rotateNetworkToken(input: { networkId: "${network!.id}" }) { token userErrors { code } }`,
        { token, source },
      );
      const moved = source.replace('.9.', '.10.');
      const updated = await sendUpdate(product.graphqlUrl, { password: rotated.token!, source: moved });
      expect(updated.text).toBe(`good ${moved}\n`);
      const asked = `email: "${stranger}", password: "${PASSWORD}", country: "DE", attestedAge: 18`;
      await mutate(`signUp(input: { ${asked} }) { userErrors { code } }`, { source });
      const keys = [source, moved].map((text) => encodeKey(parsePrefix(text) as Prefix));
      people.push(personOf(account, [stranger, ...keys]));
    }
    return { people, span: { from, to: Date.now() } };
  }

  /** What the gateways do by the clock: every minute, every five minutes, every hour. */
  async function letTheBoundsPass(): Promise<void> {
    const redis = new Redis(product.redisUrl);
    const writer = new AllowlistWriter(redis);
    await writer.upkeep.forgetChanges((await writer.stats()).revision);
    await expect.poll(() => writer.upkeep.startRewrite(), { timeout: 10_000 }).toBe('started');
    await expect.poll(() => writer.upkeep.rewriteOutcome(), { timeout: 10_000 }).toBe('done');
    await redis.quit();
    await new PostgresUpkeep(product.databaseUrl).run();
  }

  it('say nothing finer than a day once the documented minutes are over, and say all before', async () => {
    const { people, span } = await liveInOrder();
    const inOrder = people.map(({ name }) => name);
    // The reader can read: the log of Postgres says when, and the file of Redis who was first.
    const before = readMoments(product.folder, people, span);
    const inTheLog = before.filter(({ file }) => file.includes('pg_wal/'));
    expect(inTheLog.some(({ form }) => form === 'microseconds of Postgres')).toBe(true);
    expect([...new Set(inTheLog.flatMap((moment) => moment.people))].sort()).toEqual([...inOrder].sort());
    expect(readPlaces(product.folder, people, /redis\/.*\.incr\.aof$/)).toEqual([inOrder]);
    // What is announced to gateways is written nowhere.
    expect(await appendOnlyText(product.folder)).not.toMatch(/publish|owner-changed/i);

    await letTheBoundsPass();
    await product.raid();
    expect(readMoments(product.folder, people, span)).toEqual([]);
    const places = readPlaces(product.folder, people, /redis\//);
    expect(places).toHaveLength(1);
    for (const order of places) expect([inOrder, [...inOrder].reverse()]).not.toContainEqual(order);
    // The one order that docs/what-we-keep.md says is left. Postgres fills a page from its end.
    expect(readPlaces(product.folder, people, /postgres\/base\//)).toContainEqual([...inOrder].reverse());
  }, 120_000);
});

async function appendOnlyText(folder: string): Promise<string> {
  const place = join(folder, '.data', 'redis', 'appendonlydir');
  const files = (await readdir(place)).filter((file) => file.endsWith('.incr.aof'));
  return (await Promise.all(files.map((file) => readFile(join(place, file), 'latin1')))).join('');
}

describe('the reader of times', () => {
  const account = { id: '0b5c7a3e-6f0f-4d3a-9c55-0c7cf5f3b7aa', email: 'anna@example.com' };
  const anna = personOf(account);
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-moments-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('finds none where a session begins in place of one that has expired: no clock goes with the command', async () => {
    const server = await startRedis();
    const from = Date.now() - 1000;
    const redis = new Redis(server.operatorUrl);
    await redis.zadd(`account-sessions:${account.id}`, 1, 'digest of a session that has expired');
    await new SessionService(redis).create({ accountId: account.id, role: 'user', secondFactor: false });
    expect(await redis.zcard(`account-sessions:${account.id}`)).toBe(1);
    redis.disconnect();
    await server.kill();
    const found = readMoments(server.dataDir, [anna], { from, to: Date.now() });
    const beside = found.filter(
      ({ form, people }) => people.length > 0 && !form.startsWith('time of the file'),
    );
    expect(beside).toEqual([]);
    await server.stop();
  });

  it('finds one deadline beside a session in an append-only file, as there was in each before', async () => {
    const server = await startRedis();
    const from = Date.now();
    const redis = new Redis(server.operatorUrl);
    await redis.set('throttle:digest', '0', 'PX', 900_000, 'NX');
    await new SessionService(redis).create({ accountId: account.id, role: 'user', secondFactor: false });
    redis.disconnect();
    await server.kill();
    const span = { from: from + 900_000, to: Date.now() + 900_000 };
    const [found, ...more] = readMoments(server.dataDir, [anna], span);
    expect(more).toEqual([]);
    expect(found).toMatchObject({ form: '13 digits', people: [anna.name] });
    await server.stop();
  });

  const now = Date.now();
  const number = (value: bigint, big = false) => {
    const bytes = Buffer.alloc(8);
    if (big) bytes.writeBigInt64BE(value);
    else bytes.writeBigInt64LE(value);
    return bytes;
  };
  const time = now.toString(16).padStart(12, '0');
  it.each([
    ['microseconds of Postgres', number(BigInt(now - Date.UTC(2000, 0)) * 1000n)],
    ['milliseconds', number(BigInt(now))],
    ['milliseconds, in the order of networks', number(BigInt(now), true)],
    ['microseconds', number(BigInt(now) * 1000n)],
    ['nanoseconds', number(BigInt(now) * 1_000_000n)],
    ['seconds', number(BigInt(Math.floor(now / 1000)))],
    ['10 digits', Buffer.from(` ${Math.floor(now / 1000)} `)],
    ['text', Buffer.from(new Date(now).toISOString())],
    ['UUID of version 7', Buffer.from(`${time}7a018c55aaaaaaaaaaaa`, 'hex')],
    [
      'text of a UUID of version 7',
      Buffer.from(`${time.slice(0, 8)}-${time.slice(8)}-7a01-8c55-aaaaaaaaaaaa`),
    ],
  ])('finds %s beside an account', async (form, bytes) => {
    await writeFile(
      join(folder, 'planted'),
      Buffer.concat([Buffer.alloc(64), bytes, Buffer.alloc(64), anna.marks[0]!]),
    );
    const span = { from: now - 2000, to: now + 500 };
    const found = readMoments(folder, [anna], span).filter((each) => !each.form.startsWith('time of'));
    expect(found).toContainEqual(expect.objectContaining({ form, people: [anna.name] }));
  });

  it('finds the time of a file that names somebody, and not of one that names nobody', async () => {
    // The clock of the file system is a little behind.
    const from = Date.now() - 100;
    await writeFile(join(folder, 'named'), account.email);
    await writeFile(join(folder, 'nobody'), 'nothing');
    const files = readMoments(folder, [anna], { from, to: Date.now() + 1 }).map(({ file }) => file);
    expect(new Set(files)).toEqual(new Set(['named']));
  });
});
