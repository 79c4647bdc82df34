// A gateway and a dns-node as processes: what signals do to them, from the first moment to the last.
import { randomBytes } from 'node:crypto';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import koffi from 'koffi';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../src/dev/embedded/process.js';
import { root } from '../repo/source-files.js';
import { type ProductProcess, startProcess } from '../support/product.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';
import { startStores, type TestStores } from '../support/stores/stores.js';

let stores: TestStores;
let folder: string;
beforeAll(async () => {
  stores = await startStores();
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-process-'));
  await cp(`${root}catalogue/services.json`, join(folder, 'services.json'));
});
afterAll(async () => {
  await stores?.stop();
  await rm(folder, { recursive: true, force: true });
});

const programs = ['gateway', 'dns-node'] as const;
type Program = (typeof programs)[number];

interface Running {
  readonly process: ProductProcess;
  readonly port: number;
  readonly metricsPort: number;
}

async function start(
  program: Program,
  extra: Readonly<Record<string, string>> = {},
  nodeArguments: readonly string[] = [],
): Promise<Running> {
  const [port, metricsPort] = [await freePort(), await freePort()];
  const settings =
    program === 'gateway'
      ? {
          ...GATEWAY_SETTINGS,
          GATEWAY_PORT: String(port),
          GATEWAY_METRICS_PORT: String(metricsPort),
          ...stores.settings,
        }
      : {
          DNS_PORT: String(port),
          DNS_METRICS_PORT: String(metricsPort),
          REDIS_URL: stores.redis.nodeUrl,
          DNS_UPSTREAMS: '',
        };
  const process = await startProcess(program, nodeArguments, {
    ...settings,
    CATALOGUE: join(folder, 'services.json'),
    ...extra,
  });
  return { process, port, metricsPort };
}

/** The status, or null when nothing listens. */
async function statusOf(port: number, path: string): Promise<number | null> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { connection: 'close' } });
    await answer.body?.cancel();
    return answer.status;
  } catch {
    return null;
  }
}

describe.each(programs)('SIGHUP to a %s that starts', (program) => {
  it('never ends it, and reloads its files once it serves', async () => {
    const preload = ['--import', `${root}test/runtime/hang-up-early.mjs`];
    const HANG_UP_AT = '/operations/server-process.js,/catalogue/catalogue.js,/ioredis/built/index.js';
    const { process } = await start(program, { HANG_UP_AT }, preload);
    await expect.poll(() => process.output()).toContain('"catalogue.loaded"');
    expect(await process.stop()).toBe(0);
  });
});

describe('STOP_DELAY', () => {
  it('keeps a gateway serving while its routing check fails, until a second signal', async () => {
    const { process, port, metricsPort } = await start('gateway', { STOP_DELAY: '300' });
    for (const each of [port, metricsPort]) expect(await statusOf(each, '/routez')).toBe(200);
    process.child.kill('SIGTERM');
    await expect.poll(() => statusOf(port, '/routez')).toBe(503);
    // New connections are taken and served.
    expect(await statusOf(metricsPort, '/routez')).toBe(503);
    expect(await statusOf(metricsPort, '/readyz')).toBe(503);
    expect(await statusOf(port, '/.well-known/gpc.json')).toBe(200);
    expect(process.output()).not.toContain('"process.stopped"');
    expect(await process.stop()).toBe(0);
  });

  it('keeps a dns-node serving, too', async () => {
    const { process, metricsPort } = await start('dns-node', { STOP_DELAY: '300' });
    expect(await statusOf(metricsPort, '/routez')).toBe(200);
    process.child.kill('SIGTERM');
    await expect.poll(() => statusOf(metricsPort, '/routez')).toBe(503);
    expect(process.output()).not.toContain('"process.stopped"');
    expect(await process.stop()).toBe(0);
  });
});

/** What systemd listens on: a UNIX socket of datagrams, which Node does not have. */
function notifySocket(path: string) {
  const libc = koffi.load(null);
  const socket = libc.func('int socket(int, int, int)')(1, 2, 0);
  const address = Buffer.concat([Buffer.from([1, 0]), Buffer.from(path.replace(/^@/, '\0'))]);
  expect(libc.func('int bind(int, void *, unsigned int)')(socket, address, address.length)).toBe(0);
  const recv = libc.func('intptr_t recv(int, void *, size_t, int)');
  return {
    next: () =>
      new Promise<string>((resolve, reject) => {
        const message = Buffer.alloc(100);
        recv.async(socket, message, message.length, 0, (error: unknown, length: number) => {
          if (error) reject(error);
          else resolve(message.toString('utf8', 0, length));
        });
      }),
    close: () => libc.func('int close(int)')(socket),
  };
}

describe('a service manager', () => {
  it.each(['path', 'abstract'])(
    'hears over a socket (%s) that a process serves, and that it stops',
    async (kind) => {
      const path = kind === 'path' ? join(folder, 'notify') : `@${randomBytes(8).toString('hex')}`;
      const socket = notifySocket(path);
      const heard = socket.next();
      const { process } = await start('dns-node', { NOTIFY_SOCKET: path });
      expect(await heard).toBe('READY=1');
      const stopping = socket.next();
      expect(await process.stop()).toBe(0);
      expect(await stopping).toBe('STOPPING=1');
      socket.close();
    },
  );

  it('that cannot be reached does not prevent a start', async () => {
    const { process } = await start('dns-node', { NOTIFY_SOCKET: join(folder, 'nothing-here') });
    expect(await process.stop()).toBe(0);
  });
});
