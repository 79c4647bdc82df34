// Two servers with the shipped files: what a replica leaves on its disk, and a planned failover under load.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { afterEach, describe, expect, it } from 'vitest';
import { AllowAddress } from '../../client/index.js';
import { encodeKey } from '../../src/allowlist/keys.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { entry, prefix } from '../allowlist/support.js';
import { root } from '../repo/source-files.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { send } from '../support/http/graphql-client.js';
import { type FaultProxy, faultProxyTo } from '../support/network/fault-proxy.js';
import { makeAccount } from '../support/people/account.js';
import { type PairServer, type RedisPair, startRedisPair, takesWrites } from './redis-pair.js';

let pair: RedisPair | undefined;
let gateway: TestGateway | undefined;
let proxy: FaultProxy | undefined;
afterEach(async () => {
  await gateway?.stop();
  proxy?.close();
  await pair?.stop();
  [pair, gateway, proxy] = [undefined, undefined, undefined];
});

/** The script's settings, with which it asks both servers over TLS, as in production. */
function overTls({ tlsPort }: PairServer, password: string) {
  return {
    PATH: process.env.PATH,
    REDISCLI_AUTH: password,
    REDIS_PORT: String(tlsPort),
    REDIS_TLS_OPTIONS: '--tls --insecure',
  };
}

async function writerOn(url: string): Promise<{ writer: AllowlistWriter; close(): void }> {
  const redis = new Redis(url);
  return { writer: new AllowlistWriter(redis), close: () => redis.disconnect() };
}

it('a replica has no file of the copy that it took, and nothing of a removed address once its own file is rewritten', async () => {
  pair = await startRedisPair();
  const { first, second } = pair;
  const { writer, close } = await writerOn(first.url);
  await writer.initialise();
  const [kept, removed] = ['203.0.113.7', '198.51.100.9'];
  for (const text of [kept, removed]) await writer.put(entry(text));
  // Another full copy, with both in it.
  await second.operator.replicaof('NO', 'ONE');
  await second.operator.config('SET', 'min-replicas-to-write', '0');
  await second.operator.flushall();
  await second.operator.replicaof('127.0.0.1', first.tlsPort);
  const key = (text: string) => encodeKey(prefix(text));
  await expect
    .poll(() => second.operator.hget('{allowlist}:profiles', key(removed)), { timeout: 20_000 })
    .toBe('4;de');
  await takesWrites(first);
  await expect
    .poll(() => second.operator.info('persistence'), { timeout: 20_000 })
    .toContain('aof_rewrite_in_progress:0');
  for (const server of [first, second]) {
    expect(
      [...(await server.files()).keys()].filter((file) => file.endsWith('.rdb') && !file.includes('.base.')),
    ).toEqual([]);
  }

  await writer.remove(prefix(removed));
  await writer.upkeep.forgetChanges((await writer.stats()).revision);
  close();
  await expect.poll(() => second.operator.exists('{allowlist}:changes')).toBe(0);
  for (const server of [first, second]) {
    await server.operator.bgrewriteaof();
    await expect
      .poll(() => server.operator.info('persistence'), { timeout: 20_000 })
      .toMatch(/aof_rewrite_in_progress:0\r\naof_rewrite_scheduled:0/);
    const holding = async (text: string) =>
      [...(await server.files())].filter(([, bytes]) => bytes.includes(key(text))).length;
    await expect.poll(() => holding(removed), { timeout: 20_000 }).toBe(0);
    expect(await holding(kept)).toBeGreaterThan(0);
  }
});

describe('failover.sh', () => {
  it('loses nothing that was acknowledged, and leaves the gateway on the new primary', async () => {
    pair = await startRedisPair();
    const { first, second, password } = pair;
    const { writer, close } = await writerOn(first.url);
    await writer.initialise();
    close();
    // The name that REDIS_URL has: it leads to one of the two.
    const name = await faultProxyTo(first.url);
    proxy = name;
    // It asks for the proxies to Postgres, to the durable Redis and to the ephemeral one.
    let asked = 0;
    const through = async (url: string) => {
      asked += 1;
      return asked === 2 ? name.url : url;
    };
    gateway = await startTestGateway({ through });
    const { url, database } = gateway;
    const { token } = await makeAccount({ databaseUrl: database.url, redisUrl: name.url }, { role: 'admin' });

    /** The last acknowledged label of each address; one whose answer was an error may have either. */
    const acknowledged = new Map<string, string>();
    const unsure = new Set<string>();
    let answers = 0;
    let over = false;
    async function load(worker: number): Promise<void> {
      for (let count = 0; !over; count += 1) {
        const variables = { input: { prefix: `198.18.${worker}.${count % 256}`, label: String(count) } };
        const { data, errors } = await send(url, AllowAddress, { variables, token });
        if (errors === undefined) {
          acknowledged.set(variables.input.prefix, variables.input.label);
          unsure.delete(variables.input.prefix);
          expect(data.allowAddress.userErrors).toEqual([]);
        } else {
          expect(errors[0]?.extensions?.code).toBe('SERVICE_UNAVAILABLE');
          unsure.add(variables.input.prefix);
        }
        answers += 1;
      }
    }
    const workers = [0, 1, 2, 3].map(load);
    await expect.poll(() => acknowledged.size, { timeout: 20_000 }).toBeGreaterThan(50);

    const mover = createServer((_request, response) => {
      name.leadTo(second.url);
      response.end();
    }).listen(0, '127.0.0.1');
    await once(mover, 'listening');
    const { port } = mover.address() as AddressInfo;
    const env = {
      PATH: process.env.PATH,
      REDISCLI_AUTH: password,
      REDIS_PORT: String(first.port),
      REDIS_TLS_OPTIONS: '',
    };
    const moveTheName = ['curl', '-fsS', `http://127.0.0.1:${port}/`];
    await promisify(execFile)(`${root}deploy/redis/failover.sh`, ['127.0.0.1', ...moveTheName], { env });
    mover.close();

    const sizeAfter = answers;
    await expect.poll(() => answers, { timeout: 20_000 }).toBeGreaterThan(sizeAfter + 100);
    over = true;
    await Promise.all(workers);
    expect(await second.operator.info('replication')).toContain('role:master');
    const kept = await second.operator.hgetall('{allowlist}:entries:admin');
    const lost = [...acknowledged].filter(
      ([text, label]) => !unsure.has(text) && kept[encodeKey(prefix(text))]?.endsWith(` ${label}`) !== true,
    );
    expect(lost).toEqual([]);
  });

  it('changes nothing without a command that moves the name, and says what is left to do when that fails', async () => {
    pair = await startRedisPair();
    const { first, second, password } = pair;
    await takesWrites(first);
    const env = overTls(first, password);
    const failover = (...args: string[]) =>
      promisify(execFile)(`${root}deploy/redis/failover.sh`, args, { env }).then(
        () => null,
        ({ code, stderr }) => ({ code, stderr }),
      );

    const usage = { code: 2, stderr: expect.stringMatching(/^usage: failover\.sh PRIMARY COMMAND/) };
    expect(await failover('127.0.0.1')).toEqual(usage);
    expect(await failover()).toEqual(usage);
    expect(await first.operator.info('replication')).toContain('role:master');

    expect(await failover('127.0.0.1', 'false')).toEqual({
      code: 1,
      stderr: expect.stringMatching(
        /is the primary, but COMMAND failed: move the name, then on 127\.0\.0\.1: CLIENT KILL/,
      ),
    });
    expect(await second.operator.info('replication')).toContain('role:master');
  });

  it('writes into the files of both who follows whom, and says so when it cannot', async () => {
    pair = await startRedisPair();
    const { first, second, password } = pair;
    await takesWrites(first);
    await second.operator.config('REWRITE');
    const failover = async (from: PairServer) =>
      promisify(execFile)(`${root}deploy/redis/failover.sh`, ['127.0.0.1', 'true'], {
        env: overTls(from, password),
      });
    const file = async ({ operator }: PairServer) =>
      /^config_file:(.*)\r$/m.exec(await operator.info('server'))![1]!;
    const text = async (server: PairServer) => readFile(await file(server), 'utf8');
    expect(await text(second)).toContain(`\nreplicaof 127.0.0.1 ${first.tlsPort}\n`);

    const written = await failover(first);
    expect(written.stderr).not.toContain('redis.conf');
    expect(await text(first)).toContain(`\nreplicaof 127.0.0.1 ${second.tlsPort}\n`);
    expect(await text(second)).not.toContain('\nreplicaof');

    await takesWrites(second);
    // A folder stands in its place, which not even root can write over.
    await rm(await file(second));
    await mkdir(await file(second));
    const unwritten = await failover(second);
    expect(unwritten.stdout).toContain('is the primary');
    expect(unwritten.stderr).toContain(
      `cannot write its redis.conf: put "replicaof 127.0.0.1 ${first.tlsPort}" into it`,
    );
    expect(await text(first)).not.toContain('\nreplicaof');
  });
});
