import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/dev/embedded/process.js';
import { root } from '../repo/source-files.js';
import { COMPILED_MODULES } from '../support/compiled-modules.js';
import { graphql } from '../support/http/graphql-client.js';
import { makeAccount } from '../support/people/account.js';
import { policyFolder } from '../support/policy.js';
import { type ProductProcess, startProcess } from '../support/product.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';
import { blockedStatements } from '../support/stores/postgres.js';
import { startStores, type TestStores } from '../support/stores/stores.js';

const script = `${root}dist/src/bin/gateway.js`;

describe('the gateway as a process', () => {
  let stores: TestStores;
  let folder: string;
  beforeAll(async () => {
    stores = await startStores();
    folder = await mkdtemp(join(tmpdir(), 'gateway-process-'));
  });
  afterAll(async () => {
    await stores?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function settings(more: Record<string, string> = {}): Promise<Record<string, string>> {
    return {
      ...COMPILED_MODULES,
      GATEWAY_PORT: String(await freePort()),
      GATEWAY_METRICS_PORT: String(await freePort()),
      ...stores.settings,
      ...GATEWAY_SETTINGS,
      ALLOW_PRIVATE_ADDRESSES: 'true',
      ...more,
    };
  }

  /** The lines that a gateway that cannot start writes to stderr, and its exit code. */
  async function refusal(env: Record<string, string>): Promise<{ code: number | null; lines: string[] }> {
    const child = spawn(process.execPath, [script], { env, stdio: ['ignore', 'ignore', 'pipe'] });
    let text = '';
    child.stderr.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const [code] = await once(child, 'close');
    return { code, lines: text.trimEnd().split('\n') };
  }

  const events = ({ output }: ProductProcess) =>
    output()
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line).event);

  it('reports every invalid setting in a separate line, without the value', async () => {
    const { code, lines } = await refusal({
      ...GATEWAY_SETTINGS,
      GATEWAY_PORT: 'secret',
      DATABASE_URL: 'secret',
      NODE_ENV: 'test',
    });
    expect(code).toBe(1);
    expect(lines).toEqual([
      'gateway: GATEWAY_PORT must be a port number from 0 to 65535',
      'gateway: DATABASE_URL must be a URL that starts with postgres:// or postgresql://',
      'gateway: REDIS_URL is missing; it must be a URL that starts with redis:// or rediss://',
      'gateway: REDIS_EPHEMERAL_URL is missing; it must be a URL that starts with redis:// or rediss://',
    ]);
  });

  it.each([
    ['DATABASE_URL', 'postgres://user:secret@127.0.0.1:1/none', 'cannot connect (ECONNREFUSED)'],
    ['REDIS_URL', 'redis://:secret@127.0.0.1:1', 'cannot connect (ECONNREFUSED)'],
    ['REDIS_EPHEMERAL_URL', 'redis://:secret@127.0.0.1:1', 'cannot connect (ECONNREFUSED)'],
  ])('reports in one line that %s cannot be reached', async (name, url, problem) => {
    const { code, lines } = await refusal(await settings({ [name]: url }));
    expect({ code, lines }).toEqual({ code: 1, lines: [`gateway: ${name}: ${problem}`] });
  });

  it('refuses an ephemeral Redis that writes to a disk', async () => {
    const { code, lines } = await refusal(await settings({ REDIS_EPHEMERAL_URL: stores.redis.url }));
    expect({ code, lines }).toEqual({
      code: 1,
      lines: [
        'gateway: REDIS_EPHEMERAL_URL: this Redis has appendonly yes; it needs appendonly no, save "" and maxmemory-policy noeviction, on a server of its own',
      ],
    });
  });

  it.each(['GATEWAY_PORT', 'GATEWAY_METRICS_PORT'])('reports in one line that %s is in use', async (name) => {
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const { code, lines } = await refusal(await settings({ [name]: String(port) }));
    taken.close();
    expect({ code, lines }).toEqual({
      code: 1,
      lines: [`gateway: ${name}: cannot listen on 127.0.0.1:${port} (EADDRINUSE)`],
    });
  });

  it('refuses to start on a file of breached passwords that it cannot search', async () => {
    expect(await refusal(await settings({ BREACHED_PASSWORDS: join(folder, 'nothing') }))).toEqual({
      code: 1,
      lines: ['gateway: BREACHED_PASSWORDS: the file cannot be read'],
    });
  });

  it('refuses to start with an invalid catalogue, and keeps the old one when a new one is invalid', async () => {
    const regions = join(folder, 'regions.json');
    await writeFile(regions, '{}');
    const refused = await refusal(await settings({ REGIONS: regions }));
    expect(refused.code).toBe(1);
    expect(refused.lines.length).toBeGreaterThan(1);
    for (const line of refused.lines) expect(line).toMatch(/^gateway: regions\.json: /);

    await copyFile(`${root}catalogue/regions.json`, regions);
    const env = await settings({ REGIONS: regions });
    const gateway = await startProcess('gateway', [], env);
    try {
      const url = `http://127.0.0.1:${env.GATEWAY_PORT}/graphql`;
      const { token } = await makeAccount({ databaseUrl: stores.database.url, redisUrl: stores.redis.url });
      const ids = async () => {
        const query = '{ viewer { mediaStreamer { regions { id } } } }';
        const { data } = await graphql(url, { query, token });
        return data.viewer.mediaStreamer.regions.map(({ id }: { id: string }) => id);
      };
      const before = await ids();
      await writeFile(regions, '{}');
      gateway.child.kill('SIGHUP');
      await expect.poll(() => events(gateway)).toContain('catalogue.refused');
      expect(await ids()).toEqual(before);

      const one = { id: 'us', name: 'United States', relays: [{ ipv4: '198.51.100.10' }] };
      const portal = { names: ['portal.example'], ipv4: ['192.0.2.80'], ipv6: [] };
      const next = { dnsServers: ['192.0.2.53'], portal, defaultRegion: 'us', regions: [one] };
      await writeFile(regions, JSON.stringify(next));
      gateway.child.kill('SIGHUP');
      await expect.poll(() => events(gateway)).toContain('catalogue.loaded');
      expect(await ids()).toEqual(['us']);
    } finally {
      await gateway.stop();
    }
  });

  it('refuses to start on a privacy policy whose text has been changed', async () => {
    const policy = await policyFolder();
    await policy.write({ version: '1', effectiveOn: '2026-01-01' });
    await writeFile(join(dirname(policy.file), '1.txt'), 'We keep everything.\n');
    const { code, lines } = await refusal(await settings({ POLICY: policy.file }));
    await policy.remove();
    expect(code).toBe(1);
    expect(lines).toEqual([
      expect.stringMatching(/^gateway: versions\.json: \[0\]\.sha256: is not the file's/),
    ]);
  });

  it('answers requests in flight on SIGTERM, is not ready meanwhile, and exits with 0', async () => {
    const env = await settings();
    const gateway = await startProcess('gateway', [], env);
    const client = new pg.Client({ connectionString: stores.database.url });
    await client.connect();
    await client.query('BEGIN; LOCK TABLE password_reset');
    const answer = graphql(`http://127.0.0.1:${env.GATEWAY_PORT}/graphql`, {
      query: 'mutation { requestPasswordReset(input: { email: "ben@example.com" }) { userErrors { code } } }',
    });
    // The retention of a gateway that has just started may wait for the same lock.
    const waiting = () => blockedStatements(stores.database.url, 'INSERT INTO password_reset');
    await expect.poll(waiting, { timeout: 10_000 }).toBe(1);

    gateway.child.kill('SIGTERM');
    gateway.child.kill('SIGINT');
    const ready = async () => (await fetch(`http://127.0.0.1:${env.GATEWAY_METRICS_PORT}/readyz`)).json();
    await expect.poll(ready).toMatchObject({ ready: false, checks: { process: 'stopping' } });
    await client.query('COMMIT');
    await client.end();
    expect((await answer).data).toEqual({ requestPasswordReset: { userErrors: [] } });
    expect(await gateway.stop()).toBe(0);
    expect(events(gateway)).toEqual([
      'migrations.applied',
      'process.started',
      'process.stopping',
      'process.stopped',
    ]);
  });

  it('stops when the process that started it is gone', async () => {
    const child = spawn(process.execPath, [script], {
      env: await settings(),
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const exited = once(child, 'exit');
    await once(child.stdout!, 'data');
    child.disconnect();
    expect((await exited)[0]).toBe(0);
  });
});
