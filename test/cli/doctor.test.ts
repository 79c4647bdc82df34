import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { securityNoticeMail } from '../../src/services/sign-in/mails/security-notice.js';
import { makeAccount } from '../support/people/account.js';
import { type Product, startProduct } from '../support/product.js';
import { SECRET_KEY } from '../support/settings.js';
import { startPlainRedis } from '../support/stores/plain-redis.js';
import { type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';
import { runCli } from './run-cli.js';

/** What doctor found, by part. */
function findings(stdout: string): Record<string, string> {
  const parts = [
    'postgres on disk',
    'postgres',
    'mail',
    'redis on disk',
    'ephemeral redis',
    'redis',
    'allowlist',
    'catalogue',
    'portal names',
    'privacy policy',
    'breached list',
    'gateway',
    'dns-node',
    'dns query',
    'clock',
    'secret key',
  ];
  const lines = stdout.split('\n').filter((line) => /^(ok|FAIL) /.test(line));
  return Object.fromEntries(
    lines.map((line) => {
      const told = line.replace(/^\S+ +/, '');
      const part = parts.find((each) => told.startsWith(`${each} `)) ?? told;
      return [part, `${line.split(' ')[0]} ${told.slice(part.length).trim()}`];
    }),
  );
}

describe('doctor', () => {
  let redis: TestRedis;
  let database: FreshDatabase;
  let product: Product;
  let settings: Record<string, string>;

  beforeAll(async () => {
    [redis, database] = await Promise.all([startRedis(), freshDatabase()]);
    product = await startProduct({ databaseUrl: database.url, redis });
    settings = {
      SECRET_KEY,
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      REDIS_EPHEMERAL_URL: product.ephemeral.url,
      GATEWAY_METRICS_PORT: new URL(product.gatewayMetricsUrl).port,
      DNS_PORT: String(product.dnsPort),
      DNS_METRICS_PORT: new URL(product.dnsMetricsUrl).port,
    };
  });
  afterAll(async () => {
    await product?.stop();
    await Promise.all([redis?.stop(), database?.drop()]);
  });

  it('finds every part of a running product in order', async () => {
    const result = await runCli(['doctor'], settings);
    expect(findings(result.stdout)).toEqual({
      postgres: 'ok connected, migrated',
      'postgres on disk': 'ok its write-ahead log is restarted every five minutes',
      mail: 'ok no mail waits for another attempt',
      'secret key': 'ok is the key of this installation',
      clock: 'ok agrees with Postgres and Redis',
      redis: 'ok connected',
      'redis on disk': 'ok appendonly yes, appendfsync always',
      'ephemeral redis': 'ok connected, without a disk',
      allowlist: 'ok 0 entries, revision 0',
      catalogue: expect.stringMatching(/^ok \d+ services, \d+ regions$/),
      'privacy policy': expect.stringMatching(/^ok \d+ versions?$/),
      'breached list': 'ok built in',
      gateway: expect.stringMatching(/^ok ready at 127\.0\.0\.1:\d+$/),
      'dns-node': expect.stringMatching(/^ok ready at 127\.0\.0\.1:\d+$/),
      'dns query': expect.stringMatching(/^ok 127\.0\.0\.1:\d+ answers$/),
    });
    expect(result).toMatchObject({ code: 0, stderr: '' });
  });

  it('checks each gateway and dns-node that is named on the command line, instead of those of the settings', async () => {
    const elsewhere = { ...settings, METRICS_HOST: '127.0.0.9', DNS_HOST: '127.0.0.9' };
    const hosts = ['--gateway', '127.0.0.1', '--dns-node', 'localhost', '--dns-node', '127.0.0.9'];
    const { stdout } = await runCli(['doctor', ...hosts], elsewhere);
    const lines = stdout.split('\n').filter((line) => /gateway {2}|dns-node {2}|dns query {2}/.test(line));
    expect(lines.map((line) => line.replace(/ +/g, ' '))).toEqual([
      `ok gateway ready at 127.0.0.1:${settings.GATEWAY_METRICS_PORT}`,
      `ok dns-node ready at localhost:${settings.DNS_METRICS_PORT}`,
      `FAIL dns-node no response from 127.0.0.9:${settings.DNS_METRICS_PORT}`,
      `ok dns query localhost:${settings.DNS_PORT} answers`,
      expect.stringContaining(`FAIL dns query 127.0.0.9:${settings.DNS_PORT} does not answer`),
    ]);
  });

  it('reports how many mails the mail server has not accepted, and why', async () => {
    const source = await createDataSource(database.url).initialize();
    const { id } = await makeAccount({ databaseUrl: database.url, redisUrl: redis.url });
    const outbox = new Outbox(new Keyring(Buffer.from(SECRET_KEY, 'base64')));
    const notice = { accountId: id, change: 'passkey-added' } as const;
    await source.transaction((manager) => outbox.put(manager, securityNoticeMail, notice));
    const mail = async () => findings((await runCli(['doctor'], settings)).stdout).mail;
    await expect.poll(mail, { timeout: 20_000 }).toBe('FAIL 1 waiting for another attempt (ESOCKET)');
    await source.query('DELETE FROM graphile_worker._private_jobs');
    await source.destroy();
  });

  it('reports mails of another key, of a gateway that is gone, and of no gateway at all', async () => {
    const source = await createDataSource(database.url).initialize();
    const mail = async () => findings((await runCli(['doctor'], settings)).stdout).mail;
    // No gateway has a task of this name, and none takes the jobs.
    await source.query(
      `SELECT graphile_worker.add_job('nobody', '""'::json, run_at => now() + moved * interval '1 hour')
       FROM generate_series(-1, 1) AS moved`,
    );
    expect(await mail()).toBe('FAIL 1 not taken by any gateway');
    await source.query(
      `UPDATE graphile_worker._private_jobs SET last_error = 'UNREADABLE' WHERE run_at > now()`,
    );
    expect(await mail()).toContain('1 sealed with another SECRET_KEY (UNREADABLE)');
    await source.query(
      `UPDATE graphile_worker._private_jobs SET last_error = 'UNKNOWN_MAIL' WHERE run_at > now()`,
    );
    expect(await mail()).toContain('1 of a kind that the gateways do not know (UNKNOWN_MAIL)');
    await source.query(
      `UPDATE graphile_worker._private_jobs SET locked_at = now() - interval '6 minutes', locked_by = 'worker-x'`,
    );
    expect(await mail()).toContain(
      '3 being sent for more than five minutes, by a gateway that ended or hangs',
    );
    await source.query('DELETE FROM graphile_worker._private_jobs');
    await source.destroy();
  });

  it('finds another key, and a day that has jumped', async () => {
    const source = await createDataSource(database.url).initialize();
    const key = Buffer.alloc(32, 9).toString('base64');
    await source.query("UPDATE installation SET worked_on = '2026-01-01'");
    const found = findings((await runCli(['doctor'], { ...settings, SECRET_KEY: key })).stdout);
    await source.query('UPDATE installation SET worked_on = current_date');
    await source.destroy();
    expect(found).toMatchObject({
      'secret key': 'FAIL is not the key of this installation',
      clock: 'FAIL the last deletions were on 2026-01-01; nothing is deleted until the day is confirmed',
    });
  });

  it('finds hosts of the gateways that a home with a new address could not look up', async () => {
    const urls = {
      ...settings,
      PORTAL_URL: 'https://portal.cyberspacevpn.example',
      PUBLIC_URL: 'https://api.cyberspacevpn.example',
      PUBLIC_URL_IPV4: 'https://ipv4.cyberspacevpn.example',
      UPDATE_URL: 'https://update.cyberspacevpn.example:8443',
    };
    const complete = findings((await runCli(['doctor'], urls)).stdout);
    expect(complete['portal names']).toBe('ok are answered to everybody');
    const { stdout, code } = await runCli(['doctor'], {
      ...urls,
      PUBLIC_URL: 'https://api.vpn.example',
      UPDATE_URL_IPV6: 'https://update6.vpn.example',
    });
    expect(findings(stdout)['portal names']).toBe(
      'FAIL not answered to everybody: api.vpn.example (PUBLIC_URL), update6.vpn.example (UPDATE_URL_IPV6)',
    );
    expect(stdout).toContain('portal.names, ipv4Names or ipv6Names');
    expect(code).toBe(1);
  });

  it('names each part that is down and what to do', async () => {
    const result = await runCli(['doctor'], {
      DATABASE_URL: 'postgres://name:secret@127.0.0.1:1/x',
      REDIS_URL: 'redis://name:secret@127.0.0.1:1',
      REDIS_EPHEMERAL_URL: 'redis://name:secret@127.0.0.1:1',
      GATEWAY_METRICS_PORT: '1',
      DNS_PORT: '1',
      DNS_METRICS_PORT: '1',
      CATALOGUE: 'none.json',
      POLICY: 'nothing.json',
      BREACHED_PASSWORDS: 'none.txt',
    });
    expect(findings(result.stdout)).toEqual({
      postgres: 'FAIL DATABASE_URL: cannot connect (ECONNREFUSED)',
      redis: 'FAIL REDIS_URL: cannot connect (ECONNREFUSED)',
      'ephemeral redis': 'FAIL REDIS_EPHEMERAL_URL: cannot connect (ECONNREFUSED)',
      'privacy policy':
        'FAIL nothing.json: cannot be read (ENOENT); POLICY names it by a path that is relative to the folder of the process',
      catalogue: expect.stringMatching(/^FAIL none\.json: /),
      'breached list': 'FAIL BREACHED_PASSWORDS: the file cannot be read',
      gateway: 'FAIL no response from 127.0.0.1:1',
      'dns-node': 'FAIL no response from 127.0.0.1:1',
      'dns query': expect.stringMatching(/^FAIL /),
    });
    expect(result.stdout.match(/→ /g)).toHaveLength(8);
    expect(result.stdout).not.toContain('secret');
    expect(result).toMatchObject({ code: 1, stderr: '9 of 9 checks failed\n' });
  });

  it('finds a Redis with a disk where there must be none', async () => {
    const onDisk = await runCli(['doctor'], { ...settings, REDIS_EPHEMERAL_URL: redis.url });
    expect(findings(onDisk.stdout)['ephemeral redis']).toBe('FAIL appendonly yes');
  });

  it('reports which dependency of a process fails', async () => {
    await redis.halt();
    await untilNotReady(`${product.dnsMetricsUrl}/readyz`);
    const result = await runCli(['doctor'], settings);
    await redis.restart();
    expect(findings(result.stdout)).toMatchObject({
      gateway: expect.stringMatching(/^FAIL not ready: .*redis/),
      'dns-node': expect.stringMatching(/^FAIL not ready: .*allowlist disconnected/),
      'dns query': expect.stringMatching(/^ok /),
    });
  });
});

describe('doctor, on a Redis that was not set up', () => {
  it('reports that nothing is stored on disk, and that the allowlist is not initialised', async () => {
    const server = await startPlainRedis();
    try {
      const found = findings((await runCli(['doctor'], { REDIS_URL: server.url })).stdout);
      expect(found).toMatchObject({
        postgres: 'FAIL DATABASE_URL is missing',
        redis: 'ok connected',
        'redis on disk': 'FAIL appendonly no, appendfsync everysec',
        allowlist: 'FAIL not initialised',
      });
      await server.operator.acl('SETUSER', 'narrow', 'on', '>secret', '~*', '+@all', '-config');
      const narrow = await runCli(['doctor'], {
        REDIS_URL: `redis://narrow:secret@127.0.0.1:${server.port}`,
      });
      expect(findings(narrow.stdout)['redis on disk']).toMatch(/^FAIL cannot be checked/);
    } finally {
      await server.stop();
    }
  });

  it('reports that a reachable Redis takes no writes: without memory, without replicas, or as a replica', async () => {
    const server = await startPlainRedis();
    const found = async () => findings((await runCli(['doctor'], { REDIS_URL: server.url })).stdout).redis;
    try {
      await server.operator.config('SET', 'maxmemory', '1');
      expect(await found()).toBe('FAIL takes no writes: its memory is used up (OOM)');
      await server.operator.config('SET', 'maxmemory', '0');
      await server.operator.config('SET', 'min-replicas-to-write', '1');
      expect(await found()).toBe('FAIL takes no writes: too few replicas follow it (NOREPLICAS)');
      await server.operator.replicaof('127.0.0.1', '1');
      expect(await found()).toBe('FAIL REDIS_URL: this Redis is a replica, which takes no writes (READONLY)');
    } finally {
      await server.stop();
    }
  });
});

async function untilNotReady(url: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  while ((await fetch(url)).ok) {
    if (Date.now() > deadline) throw new Error('still ready');
  }
}
