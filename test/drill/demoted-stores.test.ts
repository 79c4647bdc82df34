// Servers that live on after a switchover, and take no writes any more: a gateway leaves them for where the name leads.
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { someSource, startTestGateway, type TestGateway } from '../support/gateway.js';
import { type Watching, watch } from '../support/http/live-client.js';
import { type FaultProxy, faultProxyTo } from '../support/network/fault-proxy.js';
import { makeAccount } from '../support/people/account.js';
import { type PlainRedis, startPlainRedis } from '../support/stores/plain-redis.js';
import { queryDatabase } from '../support/stores/postgres.js';
import { initialiseAllowlist } from '../support/stores/redis.js';

const REGISTER = 'mutation { registerNetwork(input: { name: "Home" }) { userErrors { code } } }';
const RENAME =
  'mutation { setConsent(input: { purpose: MARKETING, granted: true }) { userErrors { code } } }';
const VIEWER = '{ viewer { account { role } } }';
const ADDRESSES = 'subscription { networksChanged { addresses { address } } }';

describe('a Redis that is demoted', () => {
  let gateway: TestGateway;
  let first: PlainRedis;
  let second: PlainRedis;
  let proxy: FaultProxy;
  let token: string;
  let watching: Watching;

  beforeAll(async () => {
    [first, second] = await Promise.all([startPlainRedis(), startPlainRedis()]);
    await initialiseAllowlist(first.url);
    proxy = await faultProxyTo(first.url);
    let asked = 0;
    gateway = await startTestGateway({
      async through(url) {
        asked += 1;
        return asked === 2 ? proxy.url : url;
      },
    });
    ({ token } = await makeAccount({ databaseUrl: gateway.database.url, redisUrl: first.url }));
  });
  afterAll(async () => {
    await watching?.stop();
    await gateway?.stop();
    proxy?.close();
    await first?.stop();
    await second?.stop();
  });

  /** Resolves when the one has all data of the other. */
  async function follow(replica: PlainRedis, primary: PlainRedis): Promise<void> {
    await replica.operator.replicaof('127.0.0.1', String(primary.port));
    await expect
      .poll(() => replica.operator.info('replication'), { timeout: 5000 })
      .toContain('master_link_status:up');
  }

  const ready = async () => {
    const answer = await fetch(`${gateway.metricsUrl}/readyz`);
    return ((await answer.json()) as { checks: Record<string, string> }).checks.redis;
  };
  const codes = async (query: string, source = someSource()) =>
    (await gateway.call({ query, token, source })).errors?.map(({ extensions }) => extensions?.code) ?? [];
  const events = (part: string) =>
    gateway.log
      .map((line) => JSON.parse(line))
      .filter((line) => line.part === part && line.event.startsWith('dependency.'));
  const up = async (part: string) => {
    const text = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    return text.includes(`gateway_dependency_up{part="${part}"} 1`);
  };

  it('is left as soon as it is a replica, and written to again once it is the primary', async () => {
    await follow(second, first);
    await second.operator.replicaof('NO', 'ONE');
    await first.operator.replicaof('127.0.0.1', String(second.port));
    await expect.poll(ready, { timeout: 5000 }).toBe('unreachable');
    expect(await codes(REGISTER)).toEqual(['SERVICE_UNAVAILABLE']);
    expect(events('redis')).toMatchObject([{ event: 'dependency.lost', code: 'READONLY' }]);
    expect(await up('redis')).toBe(false);
    await first.operator.replicaof('NO', 'ONE');
    await expect.poll(ready, { timeout: 5000 }).toBe('ok');
    expect(await up('redis')).toBe(true);
    expect(events('redis')).toHaveLength(2);
  });

  it('is left for the promoted one by writers and by subscribers', async () => {
    const begun = async () =>
      /^gateway_subscriptions 1$/m.test(await (await fetch(`${gateway.metricsUrl}/metrics`)).text());
    watching = watch(gateway.url, 'websocket', { query: ADDRESSES, token });
    await expect.poll(begun).toBe(true);
    const before = await codes(REGISTER, '127.7.7.1');
    expect(before).toEqual([]);
    await watching.next();

    // The promoted one has all data first, as in a switchover without a loss.
    await follow(second, first);
    await second.operator.replicaof('NO', 'ONE');
    await first.operator.replicaof('127.0.0.1', String(second.port));
    proxy.leadTo(second.url);
    await expect.poll(() => codes(REGISTER, '127.7.7.2'), { timeout: 5000, interval: 20 }).toEqual([]);
    const next = await watching.next();
    expect(
      next.value.data.networksChanged
        .map(({ addresses: [first] }: { addresses: { address: string }[] }) => first!.address)
        .sort(),
    ).toEqual(['127.7.7.1', '127.7.7.2']);
    expect(
      events('redis')
        .slice(2)
        .map(({ event }) => event),
    ).toEqual(['dependency.lost', 'dependency.back']);
  });

  it('is left for the server to which the name leads when its clients are killed', async () => {
    const { operator } = second;
    await operator.call('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
    await operator.call('CLIENT', 'KILL', 'TYPE', 'pubsub');
    await expect.poll(() => codes(REGISTER, '127.7.7.3'), { timeout: 5000, interval: 20 }).toEqual([]);
    const last = await watching.next();
    expect(last.value.data.networksChanged).toHaveLength(3);
  });

  it('refuses writes without enough replicas, and the request gets SERVICE_UNAVAILABLE', async () => {
    const { operator } = second;
    await operator.config('SET', 'min-replicas-to-write', '2');
    expect(await codes(REGISTER)).toEqual(['SERVICE_UNAVAILABLE']);
    expect(await ready()).toBe('no-replicas');
    await operator.config('SET', 'min-replicas-to-write', '0');
    expect(await ready()).toBe('ok');
  });

  it('refuses writes when its memory is used up, and reports it', async () => {
    const { operator } = second;
    await operator.config('SET', 'maxmemory', '1');
    expect(await codes(REGISTER)).toEqual(['SERVICE_UNAVAILABLE']);
    expect(await ready()).toBe('full');
    await operator.config('SET', 'maxmemory', '0');
    expect(await ready()).toBe('ok');
    const lines = gateway.log.map((line) => JSON.parse(line));
    const failed = lines.filter(({ event }) => event === 'request.failed');
    expect(failed.map(({ code }) => code)).toEqual(expect.arrayContaining(['NOREPLICAS', 'OOM']));
    expect(failed.filter(({ code }) => code === undefined)).toEqual([]);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('keeps reading while Postgres is read-only, and leaves it when the name leads elsewhere', async () => {
    const name = new URL(gateway.database.url).pathname.slice(1);
    const readOnly = (setting: string) =>
      queryDatabase(
        inject('databaseServerUrl'),
        `ALTER DATABASE ${name} SET default_transaction_read_only = ${setting}`,
      );
    await readOnly('on');
    await queryDatabase(
      gateway.database.url,
      'SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    await expect.poll(() => up('postgres'), { timeout: 5000 }).toBe(false);
    const checks = async () => {
      const answer = await fetch(`${gateway.metricsUrl}/readyz`);
      return ((await answer.json()) as { checks: Record<string, string> }).checks.postgres;
    };
    await expect.poll(checks).toBe('read-only');
    expect(await codes(RENAME)).toEqual(['SERVICE_UNAVAILABLE']);
    await expect.poll(() => codes(VIEWER)).toEqual([]);
    await readOnly('off');
    await expect.poll(() => up('postgres'), { timeout: 10_000 }).toBe(true);
    // Connections from before it was mended are left one by one, as they are refused.
    await expect.poll(() => codes(RENAME), { timeout: 10_000 }).toEqual([]);
    expect(events('postgres').map(({ event }) => event)).toEqual(['dependency.lost', 'dependency.back']);
  });
});
