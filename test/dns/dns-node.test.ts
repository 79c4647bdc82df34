import { type ChildProcess, fork } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { plainProfile } from '../../src/allowlist/profile.js';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { freePort } from '../../src/dev/embedded/process.js';
import { parsePrefix } from '../../src/lib/ip.js';
import { root } from '../repo/source-files.js';
import { makeCertificate } from '../support/network/certificate.js';
import { ask, askUntil } from '../support/network/dns-client.js';
import { type ProductProcess, startProcess } from '../support/product.js';
import { startRedis, type TestRedis } from '../support/stores/redis.js';
import { secureFrom } from './support/stream-devices.js';

const STREAMED = 'www.netflix.com';
const PORTAL = 'portal.cyberspacevpn.example';

let redis: TestRedis;
let writer: AllowlistWriter;
let client: Redis;
let folder: string;
beforeAll(async () => {
  redis = await startRedis();
  client = new Redis(redis.url);
  writer = new AllowlistWriter(client);
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-node-'));
});
afterAll(async () => {
  client?.disconnect();
  await redis?.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Settings of a node that would serve, on ports of its own. */
async function settings(): Promise<Record<string, string>> {
  return {
    DNS_PORT: String(await freePort()),
    DNS_METRICS_PORT: String(await freePort()),
    REDIS_URL: redis.nodeUrl,
    DNS_UPSTREAMS: '',
  };
}

/** What a node that does not start writes, and its exit code. */
async function refusal(env: Record<string, string>): Promise<{ stderr: string; code: number | null }> {
  const child = fork(`${root}dist/src/bin/dns-node.js`, { env, silent: true });
  let stderr = '';
  child.stderr!.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = await once(child, 'close');
  return { stderr, code };
}

async function metricsOf(env: Record<string, string>): Promise<string> {
  return (await fetch(`http://127.0.0.1:${env.DNS_METRICS_PORT}/metrics`)).text();
}

async function readyz(env: Record<string, string>) {
  const answer = await fetch(`http://127.0.0.1:${env.DNS_METRICS_PORT}/readyz`);
  const { checks } = (await answer.json()) as { checks: unknown };
  return { status: answer.status, checks };
}

describe('a dns-node that cannot start', () => {
  it('reports every invalid setting together, without its value', async () => {
    const env = { DNS_PORT: 'abc-value', DNS_UPSTREAMS: 'not-a-resolver', REDIS_URL: 'http://secret-value' };
    const { stderr, code } = await refusal(env);
    expect(code).toBe(1);
    expect(stderr.trim().split('\n')).toHaveLength(3);
    for (const setting of Object.keys(env)) expect(stderr).toMatch(new RegExp(`^dns-node: ${setting} `, 'm'));
    expect(stderr).not.toMatch(/value|not-a-resolver/);
  });

  it('reports in one line that Redis rejects the password, without repeating it', async () => {
    const REDIS_URL = redis.nodeUrl.replace(/:[^:@/]+@/, ':hush@');
    expect(await refusal({ ...(await settings()), REDIS_URL })).toEqual({
      stderr: 'dns-node: REDIS_URL: Redis refuses the user or the password (WRONGPASS)\n',
      code: 1,
    });
  });

  it('reports in one line that its port is in use, for either transport', async () => {
    const env = await settings();
    const port = Number(env.DNS_PORT);
    const taken = {
      stderr: `dns-node: DNS_PORT: cannot listen on 127.0.0.1:${port} (EADDRINUSE)\n`,
      code: 1,
    };

    const udp = createSocket('udp4').bind(port, '127.0.0.1');
    await once(udp, 'listening');
    expect(await refusal(env)).toEqual(taken);
    udp.close();

    const tcp = createServer().listen(port, '127.0.0.1');
    await once(tcp, 'listening');
    expect(await refusal(env)).toEqual(taken);
    tcp.close();
  });

  it('names the places of errors in a catalogue', async () => {
    const CATALOGUE = join(folder, 'broken.json');
    await writeFile(CATALOGUE, '{"services": [{"id": "x"}]}');
    const { stderr, code } = await refusal({ ...(await settings()), CATALOGUE });
    expect(code).toBe(1);
    for (const line of stderr.trim().split('\n')) expect(line).toMatch(/^dns-node: broken\.json/);
  });

  it('reports in one line what is wrong with the authorities of its upstreams', async () => {
    const DNS_UPSTREAM_CA = join(folder, 'authorities.pem');
    const stderrOf = async () => (await refusal({ ...(await settings()), DNS_UPSTREAM_CA })).stderr;
    expect(await stderrOf()).toBe('dns-node: DNS_UPSTREAM_CA: cannot read the file (ENOENT)\n');
    await writeFile(DNS_UPSTREAM_CA, 'hush');
    expect(await stderrOf()).toBe('dns-node: DNS_UPSTREAM_CA holds no certificate in PEM\n');
    const { cert } = makeCertificate();
    const broken = cert.toString().replace('MII', 'hush');
    await writeFile(DNS_UPSTREAM_CA, `${cert}${broken}`);
    expect(await stderrOf()).toBe('dns-node: DNS_UPSTREAM_CA: certificate 2 cannot be read\n');
  });
});

describe('a dns-node that starts before Redis', () => {
  it('answers the portal, fails all other queries, reports what is missing, and serves when Redis is there', async () => {
    const late = await startRedis();
    const gateway = new Redis(late.url);
    const lateWriter = new AllowlistWriter(gateway);
    await lateWriter.initialise();
    const prefix = parsePrefix('127.0.0.31');
    if (typeof prefix === 'string') throw new Error(prefix);
    await lateWriter.put({ prefix, profile: plainProfile(prefix, 'us'), label: '', lastDay: null });
    gateway.disconnect();
    await late.halt();
    const env: Record<string, string> = { ...(await settings()), REDIS_URL: late.nodeUrl };
    const node = await startProcess('dns-node', [], env);
    const from = (source: string, name = STREAMED) => ({ port: Number(env.DNS_PORT), source, name });
    try {
      expect((await ask(from('127.0.0.31', PORTAL))).rcode).toBe('NOERROR');
      for (const source of ['127.0.0.31', '127.0.0.32']) {
        expect((await ask(from(source))).rcode).toBe('SERVFAIL');
        expect((await ask(from(source, 'www.example.org'))).rcode).toBe('SERVFAIL');
      }
      expect(await readyz(env)).toEqual({ status: 503, checks: { allowlist: 'disconnected', edge: 'ok' } });
      expect(await metricsOf(env)).toMatch(/^dns_allowlist_known 0$/m);
      await late.restart();
      await expect.poll(() => readyz(env), { timeout: 10_000 }).toMatchObject({ status: 200 });
      expect((await ask(from('127.0.0.31'))).addresses).toHaveLength(1);
      expect((await ask(from('127.0.0.32'))).rcode).toBe('REFUSED');
      const events = node.output().match(/"event":"(?:dependency|allowlist)[^}]*(?=\})/g);
      expect(events).toEqual([
        '"event":"dependency.lost","part":"redis","code":"ECONNREFUSED"',
        '"event":"dependency.back","part":"redis"',
        '"event":"allowlist.loading","part":"redis","count":1',
        '"event":"allowlist.loaded","part":"redis","count":1,"revision":1',
      ]);
    } finally {
      await node.stop();
      await late.stop();
    }
  });
});

describe('a dns-node', () => {
  let node: ProductProcess;
  let env: Record<string, string>;
  let catalogueFile: string;
  beforeAll(async () => {
    catalogueFile = join(folder, 'services.json');
    await cp(`${root}catalogue/services.json`, catalogueFile);
    env = { ...(await settings()), CATALOGUE: catalogueFile };
    node = await startProcess('dns-node', [], env);
  });
  afterAll(async () => {
    await node?.stop();
  });

  const from = (source: string, name = STREAMED) => ({ port: Number(env.DNS_PORT), source, name });

  it('starts with an empty store, reports it, and is ready once the store is initialised', async () => {
    expect(await readyz(env)).toEqual({ status: 503, checks: { allowlist: 'empty-store', edge: 'ok' } });
    expect((await ask(from('127.0.0.31', PORTAL))).rcode).toBe('NOERROR');
    expect((await ask(from('127.0.0.31'))).rcode).toBe('SERVFAIL');
    expect(await metricsOf(env)).toMatch(/^dns_allowlist_state\{state="empty-store"\} 1$/m);
    await writer.initialise();
    await expect.poll(() => readyz(env)).toEqual({ status: 200, checks: { allowlist: 'ok', edge: 'ok' } });
  });

  it('answers a client from the moment it is allowed', async () => {
    const prefix = parsePrefix('127.0.0.31');
    if (typeof prefix === 'string') throw new Error(prefix);
    expect((await ask(from('127.0.0.31'))).rcode).toBe('REFUSED');
    await writer.put({ prefix, profile: plainProfile(prefix, 'us'), label: '', lastDay: null });
    expect((await askUntil('NOERROR', from('127.0.0.31'))).addresses).toHaveLength(1);
  });

  it('counts queries, and no label has a name or an address', async () => {
    await ask(from('127.0.0.31', 'canary-name.example.org'));
    const metrics = await metricsOf(env);
    expect(metrics).toContain('dns_allowlist_entries 1');
    expect(metrics).toMatch(/^dns_allowlist_revision 1$/m);
    expect(metrics).toMatch(/^dns_allowlist_age_seconds \d/m);
    expect(metrics).toMatch(/^dns_allowlist_known 1$/m);
    expect(metrics).toMatch(/^dns_allowlist_state\{state="following"\} 1$/m);
    expect(metrics).toMatch(/^dns_allowlist_state\{state="empty-store"\} 0$/m);
    expect(metrics).toMatch(/^dns_allowlist_loads_total\{outcome="completed"\} 1$/m);
    expect(metrics).toMatch(/^dns_allowlist_loaded_ratio 1$/m);
    expect(metrics).toMatch(/^dns_queries_total\{transport="udp"\} \d+$/m);
    expect(metrics).toMatch(/^dns_answers_total\{kind="relayed",rcode="NOERROR"\} \d+$/m);
    expect(metrics).not.toMatch(/canary-name|netflix|127\.0\.0\./);
  });

  it('reloads the catalogue on SIGHUP', async () => {
    const catalogue = JSON.parse(await readFile(catalogueFile, 'utf8'));
    const added = { id: 'added', name: 'Added', domains: ['added-service.example'] };
    await writeFile(
      catalogueFile,
      JSON.stringify({ ...catalogue, services: [...catalogue.services, added] }),
    );
    expect((await ask(from('127.0.0.31', 'added-service.example'))).addresses).toEqual([]);
    node.child.kill('SIGHUP');
    await expect.poll(() => node.output()).toContain('"catalogue.loaded"');
    expect((await ask(from('127.0.0.31', 'added-service.example'))).addresses).toHaveLength(1);
  });

  it('rejects an invalid catalogue on SIGHUP and keeps the old one', async () => {
    await writeFile(catalogueFile, '{"services": []');
    node.child.kill('SIGHUP');
    await expect.poll(() => node.output()).toContain('"catalogue.refused"');
    expect((await ask(from('127.0.0.31', 'added-service.example'))).addresses).toHaveLength(1);
  });

  it('stops with exit code 0 on SIGTERM, however often it is sent', async () => {
    const exited = once(node.child, 'exit');
    node.child.kill('SIGTERM');
    node.child.kill('SIGINT');
    node.child.kill('SIGTERM');
    expect((await exited)[0]).toBe(0);
    const events = node.output().match(/"event":"[a-z.]+"/g);
    expect(events!.slice(-2)).toEqual(['"event":"process.stopping"', '"event":"process.stopped"']);
    expect(node.output()).not.toMatch(/canary-name|127\.0\.0\.31/);
  });
});

describe('a dns-node with a certificate', () => {
  let node: ProductProcess;
  let env: Record<string, string>;
  const first = makeCertificate({ days: 20 });
  const secure = async () => ({
    ...(await settings()),
    DNS_TLS_PORT: String(await freePort()),
    DNS_HTTPS_PORT: String(await freePort()),
    DNS_TLS_CERT: join(folder, 'cert.pem'),
    DNS_TLS_KEY: join(folder, 'key.pem'),
  });
  const write = async ({ cert, key }: { cert: Buffer | string; key: Buffer | string }) => {
    await writeFile(join(folder, 'cert.pem'), cert);
    await writeFile(join(folder, 'key.pem'), key);
  };
  const serials = async () => {
    const ofPort = async (port: string, protocol: string) => {
      const tls = { ALPNProtocols: [protocol] };
      const socket = await secureFrom({ source: '127.0.0.31', port: Number(port), tls });
      const { serialNumber } = socket.getPeerX509Certificate()!;
      socket.destroy();
      return serialNumber;
    };
    return [await ofPort(env.DNS_TLS_PORT!, 'dot'), await ofPort(env.DNS_HTTPS_PORT!, 'h2')];
  };
  const both = (certificate: { serialNumber: string }) => [
    certificate.serialNumber,
    certificate.serialNumber,
  ];
  const metric = async () => {
    const metrics = await (await fetch(`http://127.0.0.1:${env.DNS_METRICS_PORT}/metrics`)).text();
    return Number(/^dns_certificate_not_after_seconds (.*)$/m.exec(metrics)![1]);
  };
  afterAll(async () => {
    await node?.stop();
  });

  const other = makeCertificate();
  it.each([
    ['DNS_TLS_CERT holds no certificate in PEM', { cert: 'canary', key: first.key }],
    [
      'DNS_TLS_KEY holds no private key in PEM, or one under a passphrase',
      { cert: first.cert, key: first.cert },
    ],
    [
      'DNS_TLS_KEY is not the key of the first certificate in DNS_TLS_CERT',
      { cert: first.cert, key: other.key },
    ],
  ])('does not start with an invalid one: %s', async (fault, pair) => {
    await write(pair);
    expect(await refusal(await secure())).toEqual({ stderr: `dns-node: ${fault}\n`, code: 1 });
  });

  it('does not start without the files, or on a port in use, and names the setting', async () => {
    await write(first);
    const env = await secure();
    const missing = await refusal({ ...env, DNS_TLS_KEY: join(folder, 'canary.pem') });
    expect(missing).toEqual({ stderr: 'dns-node: DNS_TLS_KEY: cannot read the file (ENOENT)\n', code: 1 });
    const taken = createServer().listen(Number(env.DNS_HTTPS_PORT), '127.0.0.1');
    await once(taken, 'listening');
    const stderr = `dns-node: DNS_HTTPS_PORT: cannot listen on 127.0.0.1:${env.DNS_HTTPS_PORT} (EADDRINUSE)\n`;
    expect(await refusal(env)).toEqual({ stderr, code: 1 });
    taken.close();
  });

  it('presents it over DoT and DoH, and reports when it expires', async () => {
    await write(first);
    env = await secure();
    node = await startProcess('dns-node', [], env);
    expect(await serials()).toEqual(both(first));
    const days = (await metric()) / 86_400 - Date.now() / 86_400_000;
    expect(Math.round(days)).toBe(19);
  });

  it('rejects an invalid pair on SIGHUP and keeps the old one', async () => {
    await write({ cert: other.cert, key: first.key });
    node.child.kill('SIGHUP');
    await expect.poll(() => node.output()).toContain('"certificate.refused"');
    expect(await serials()).toEqual(both(first));
    expect(node.output()).not.toContain(folder);
  });

  it('uses a new one on SIGHUP', async () => {
    const before = await metric();
    await write(other);
    node.child.kill('SIGHUP');
    await expect.poll(() => node.output()).toContain('"certificate.loaded"');
    expect(await serials()).toEqual(both(other));
    expect(await metric()).toBeGreaterThan(before);
  });
});

describe('a dns-node whose parent has died', () => {
  it('stops', async () => {
    const child: ChildProcess = fork(`${root}dist/src/bin/dns-node.js`, {
      env: await settings(),
      silent: true,
    });
    await new Promise<void>((resolve) =>
      child.stdout!.on('data', (chunk: Buffer) => chunk.includes('"process.started"') && resolve()),
    );
    const exited = once(child, 'exit');
    child.disconnect();
    expect((await exited)[0]).toBe(0);
  });
});
