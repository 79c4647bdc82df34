// nginx and HAProxy with the shipped files, in front of two gateways and of servers that stand in for them.
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request as plainRequest, type Server } from 'node:http';
import { Agent, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/dev/embedded/process.js';
import { CONNECTIVITY_CHECKS } from '../../src/lib/connectivity-checks.js';
import { root } from '../repo/source-files.js';
import { debianPackage } from '../support/debian.js';
import { makeCertificate } from '../support/network/certificate.js';
import { type ProductProcess, startProcess } from '../support/product.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';
import { startStores, type TestStores } from '../support/stores/stores.js';
import { type Program, run, shipped, startProgram } from './shipped.js';

const certificate = makeCertificate({ name: 'api.example.com' });
let folder: string;
const running: (Program | Server)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-proxies-'));
  // nginx's workers are another user.
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'cert.pem'), certificate.cert);
  await writeFile(join(folder, 'key.pem'), certificate.key);
  await writeFile(join(folder, 'both.pem'), Buffer.concat([certificate.cert, certificate.key]));
});
afterEach(async () => {
  for (const each of running.splice(0).reverse()) {
    if ('stop' in each) await each.stop();
    else {
      each.close();
      each.closeAllConnections();
    }
  }
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Buffer;
}

interface Asked {
  readonly port: number;
  readonly path: string;
  readonly body?: string | Buffer;
  readonly agent?: Agent;
}

/** Over TLS, with the certificate verified. */
function ask({ port, path, body, agent }: Asked): Promise<Answer> {
  const method = body === undefined ? 'GET' : 'POST';
  const headers = {
    host: 'api.example.com',
    ...(body !== undefined && {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    }),
  };
  const tls = { ca: certificate.cert, servername: 'api.example.com' };
  return new Promise((resolve, reject) => {
    const sent = request(
      { host: '127.0.0.1', port, path, method, headers, agent, ...tls },
      async (response) => {
        try {
          const chunks: Buffer[] = [];
          for await (const chunk of response) chunks.push(chunk);
          resolve({ status: response.statusCode!, headers: response.headers, body: Buffer.concat(chunks) });
        } catch (error) {
          reject(error);
        }
      },
    );
    sent.on('error', reject);
    sent.end(body);
  });
}

/** A proxy in front of two ports of this machine, as soon as it answers; the port on which it listens. */
type StartProxy = (upstreams: readonly [number, number], plain?: number) => Promise<number>;

async function startNginx([first, second]: readonly [number, number], plainPort?: number): Promise<number> {
  const program = await debianPackage('nginx');
  const [port, plain] = [await freePort(), plainPort ?? (await freePort())];
  const site = shipped('nginx/gateway.conf', {
    '10.0.1.1:4000': `127.0.0.1:${first}`,
    '10.0.1.2:4000': `127.0.0.1:${second}`,
    'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
    'listen [::]:443 ssl': `listen [::1]:${port} ssl`,
    'listen 80': `listen 127.0.0.1:${plain}`,
    'listen [::]:80': `listen [::1]:${plain}`,
    '/etc/nginx/tls/fullchain.pem': join(folder, 'cert.pem'),
    '/etc/nginx/tls/privkey.pem': join(folder, 'key.pem'),
  });
  await writeFile(join(folder, 'site.conf'), site);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'];
  await mkdir(join(folder, 'temporary'), { recursive: true });
  const paths = temporary.map((name) => `${name}_temp_path ${join(folder, 'temporary', name)};`);
  const main = [
    `pid ${join(folder, 'nginx.pid')};`,
    'worker_processes 1;',
    'daemon off;',
    'events { worker_connections 1000; }',
    `http { ${paths.join(' ')} include ${join(folder, 'site.conf')}; }`,
  ].join('\n');
  await writeFile(join(folder, 'nginx.conf'), main);
  const args = ['-c', join(folder, 'nginx.conf'), '-e', '/dev/null'];
  await run(program, ['-t', ...args]);
  running.push(startProgram(program, args));
  await answers(port);
  // A file that nginx wanted to write would fail its request from now on.
  await rm(join(folder, 'temporary'), { recursive: true });
  return port;
}

async function startHaproxy([first, second]: readonly [number, number], plainPort?: number): Promise<number> {
  const program = await debianPackage('haproxy');
  const port = await freePort();
  const config = shipped('haproxy/haproxy.cfg', {
    '10.0.1.1:4000': `127.0.0.1:${first}`,
    '10.0.1.2:4000': `127.0.0.1:${second}`,
    'bind :::80 v4v6': `bind 127.0.0.1:${plainPort ?? (await freePort())}`,
    'bind :::443 v4v6': `bind 127.0.0.1:${port}`,
    // A test does not wait for seconds.
    'inter 2s fall 2': 'inter 100ms fall 1',
    '/etc/haproxy/tls/api.example.com.pem': join(folder, 'both.pem'),
    '/etc/haproxy/unavailable.http': `${root}deploy/haproxy/unavailable.http`,
  });
  const file = join(folder, 'haproxy.cfg');
  await writeFile(file, config);
  await run(program, ['-c', '-q', '-f', file]);
  running.push(startProgram(program, ['-db', '-f', file]));
  await answers(port);
  return port;
}

/** Until the proxy accepts connections: its own 404 comes from no upstream. */
async function answers(port: number): Promise<void> {
  const status = () =>
    ask({ port, path: '/metrics' }).then(
      ({ status }) => status,
      () => 0,
    );
  await expect.poll(status, { timeout: 60_000 }).toBe(404);
}

const proxies: readonly [string, StartProxy][] = [
  ['nginx', startNginx],
  ['HAProxy', startHaproxy],
];

/** A server in the place of a gateway; its port. */
async function startServer(handler: Parameters<typeof createServer>[1]): Promise<number> {
  const server = createServer(handler!).listen(0, '127.0.0.1');
  running.push(server);
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

describe.each(proxies)('%s', (_name, start) => {
  it('hides the health checks of the gateways, and responds in JSON when no gateway can be reached', async () => {
    const port = await start([await freePort(), await freePort()]);
    for (const path of ['/metrics', '/readyz', '/livez', '/routez']) {
      expect((await ask({ port, path })).status).toBe(404);
    }
    const answer = await ask({ port, path: '/graphql', body: '{}' });
    expect(answer.status).toBe(503);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/json', 'cache-control': 'no-store' });
    expect(JSON.parse(answer.body.toString())).toEqual({
      errors: [{ message: expect.any(String), extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    });
  });

  it('passes a report of 16 MB and a large download on, and names the address that asks', async () => {
    const archive = Buffer.alloc(24 * 1024 * 1024, 'archive ');
    const upstream = await startServer(async (request, response) => {
      let length = 0;
      for await (const chunk of request) length += chunk.length;
      if (request.url === '/routez') response.end('ok\n');
      else if (request.method === 'GET') response.end(archive);
      else response.end(JSON.stringify({ length, from: request.headers['x-forwarded-for'] }));
    });
    const port = await start([upstream, upstream]);
    const body = Buffer.alloc(16 * 1024 * 1024, 'x');
    const report = await ask({ port, path: '/graphql/vpn-node', body });
    expect(JSON.parse(report.body.toString())).toEqual({ length: body.length, from: '127.0.0.1' });
    const download = await ask({ port, path: '/exports/x' });
    expect([download.status, download.body.equals(archive)]).toEqual([200, true]);
  });

  it('passes devices that look for the internet and routers on in the clear, and sends everybody else to HTTPS', async () => {
    const upstream = await startServer((request, response) => response.end(request.headers.host));
    const plain = await freePort();
    await start([upstream, upstream], plain);
    const status = async (host: string, path = '/x?y') => {
      const sent = plainRequest({ host: '127.0.0.1', port: plain, path, headers: { host } }).end();
      const [response] = (await once(sent, 'response')) as [IncomingMessage];
      response.resume();
      return [response.statusCode, response.headers.location ?? null];
    };
    const update = ['update.example.com', 'update4.example.com', 'update6.example.com'];
    for (const host of [...CONNECTIVITY_CHECKS, ...update]) expect(await status(host)).toEqual([200, null]);
    for (const host of ['api.example.com', 'www.apple.com']) {
      expect(await status(host)).toEqual([301, 'https://api.example.com/x?y']);
    }
    // What belongs to a session passes over TLS alone.
    for (const path of [
      '/graphql',
      '/graphql/vpn-node',
      '/%67raphql?hostname=x',
      '/address-proof',
      '/routez',
    ]) {
      expect([path, await status(update[0]!, path)]).toEqual([path, [404, null]]);
    }
    for (const path of ['/nic/update?hostname=tv', '/u/x', '/checkip', '/graphql-is-not-a-path?myip=']) {
      expect(await status(update[0]!, path)).toEqual([200, null]);
    }
  });
});

it('nginx refuses a body that the gateway would refuse, in JSON', async () => {
  const port = await startNginx([await freePort(), await freePort()]);
  const answer = await ask({ port, path: '/graphql', body: Buffer.alloc(128 * 1024 + 1, 'x') });
  expect(answer.status).toBe(413);
  expect(JSON.parse(answer.body.toString()).errors[0].extensions).toEqual({ code: 'REQUEST_TOO_LARGE' });
});

describe('a restart of one of two gateways', { timeout: 120_000 }, () => {
  let stores: TestStores;
  let ports: readonly [number, number];
  let gateways: ProductProcess[] = [];
  beforeAll(async () => {
    stores = await startStores();
    ports = [await freePort(), await freePort()];
    for (const port of ports) gateways.push(await startGateway(port));
  });
  afterAll(async () => {
    for (const gateway of gateways) await gateway.stop();
    await stores?.stop();
  });

  async function startGateway(port: number): Promise<ProductProcess> {
    return startProcess('gateway', [], {
      ...GATEWAY_SETTINGS,
      GATEWAY_PORT: String(port),
      GATEWAY_METRICS_PORT: '0',
      ...stores.settings,
      TRUSTED_PROXIES: '127.0.0.1',
      // Longer than HAProxy's check; nginx has none.
      STOP_DELAY: '2',
    });
  }

  it.each([
    // It connects to a gateway until that refuses: what it sends in the very moment of closing may be lost.
    ['nginx', startNginx, 0.01],
    ['HAProxy', startHaproxy, 0],
  ] as const)('through %s loses no request', async (_name, start, mayBeLost) => {
    const port = await start(ports);
    const agent = new Agent({ keepAlive: true, maxSockets: 12 });
    const lost: unknown[] = [];
    let answered = 0;
    let over = false;
    async function user(): Promise<void> {
      while (!over) {
        const answer = await ask({ port, path: '/graphql', body: '{"query":"{ __typename }"}', agent }).catch(
          (error: Error) => ({ status: error.message }),
        );
        if (answer.status === 200) answered += 1;
        else lost.push(answer.status);
      }
    }
    const more = (count: number) => {
      const before = answered;
      return expect.poll(() => answered - before, { timeout: 60_000 }).toBeGreaterThan(count);
    };
    const users = Array.from({ length: 12 }, user);
    await more(200);
    expect(await gateways[0]!.stop()).toBe(0);
    await more(50);
    gateways = gateways.with(0, await startGateway(ports[0]));
    await more(50);
    over = true;
    await Promise.all(users);
    agent.destroy();
    expect(lost.filter((status) => status !== 503)).toEqual([]);
    expect(lost.length).toBeLessThanOrEqual(answered * mayBeLost);
  });
});
