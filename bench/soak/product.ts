// What a soak runs on: one gateway as a process, on a Postgres that can be restarted and a Redis, all of their own.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/dev/embedded/postgres.js';
import { freePort } from '../../src/dev/embedded/process.js';
import { startEmbeddedRedis, startEphemeralRedis } from '../../src/dev/embedded/redis.js';
import { startMailbox } from '../../src/dev/mailbox.js';
import { openRedis } from '../../src/redis/connect.js';
import { startInSteps } from '../../src/runtime/cleanup.js';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const SECRET_KEY = Buffer.alloc(32, 7).toString('base64');

export interface Memory {
  readonly rss: number;
  readonly heap: number;
}

export interface SoakProduct {
  readonly port: number;
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly secretKey: string;
  /** Bytes at this moment. */
  memory(): Promise<Memory>;
  /** How many the gateway has. */
  subscriptions(): Promise<number>;
  stopPostgres(): Promise<void>;
  startPostgres(): Promise<void>;
  /** SIGTERM; resolves with the exit code, or null when a signal ended it. */
  terminate(): Promise<number | null>;
  stop(): Promise<void>;
}

/** `gatewayScript`: the built `bin/gateway.js`. `onError` is called with the event and code of each error in the gateway's log. */
export function startSoakProduct(options: {
  gatewayScript: string;
  onError: (what: string) => void;
}): Promise<SoakProduct> {
  return startInSteps((cleanup) => start(options, cleanup));
}

async function start(
  { gatewayScript, onError }: { gatewayScript: string; onError: (what: string) => void },
  cleanup: AsyncDisposableStack,
): Promise<Omit<SoakProduct, 'stop'>> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-soak-'));
  cleanup.defer(() => rm(dataDir, { recursive: true, force: true }));
  let postgres: EmbeddedPostgres = await startEmbeddedPostgres({ dataDir });
  cleanup.defer(() => postgres.stop());
  const { url: databaseUrl, port: postgresPort } = postgres;
  const redis = await startEmbeddedRedis({ dataDir });
  cleanup.defer(() => redis.stop());
  const ephemeral = await startEphemeralRedis({ dataDir });
  cleanup.defer(() => ephemeral.stop());
  const store = await openRedis(redis.url);
  await new AllowlistWriter(store).initialise();
  store.disconnect();
  const [smtp, page, port, metricsPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const mailbox = await startMailbox({ smtp, page, gateway: port });
  cleanup.defer(() => mailbox.stop());

  const child = spawn(process.execPath, [gatewayScript], {
    cwd: ROOT,
    // It stops when the channel closes, however this process ends.
    stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    env: {
      NODE_ENV: 'production',
      OPEN_OPERATIONS: 'true',
      GATEWAY_PORT: String(port),
      GATEWAY_METRICS_PORT: String(metricsPort),
      DATABASE_URL: databaseUrl,
      REDIS_URL: redis.url,
      REDIS_EPHEMERAL_URL: ephemeral.url,
      SECRET_KEY,
      SMTP_URL: `smtp://127.0.0.1:${smtp}`,
      MAIL_FROM: 'CyberSapceVPN <mail@cyberspacevpn.example>',
      CONTACT_EMAIL: 'privacy@cyberspacevpn.example',
      DPO_EMAIL: 'dpo@cyberspacevpn.example',
      PORTAL_URL: 'https://portal.cyberspacevpn.example',
      ALLOW_PRIVATE_ADDRESSES: 'true',
      TRUSTED_PROXIES: '127.0.0.1',
    },
  });
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  async function terminate(): Promise<number | null> {
    child.kill('SIGTERM');
    return exited;
  }
  cleanup.defer(async () => {
    await terminate();
  });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout! }).on('line', (line) => {
      const entry = JSON.parse(line);
      if (entry.event === 'process.started') resolve();
      if (entry.level === 'error') onError(`log ${entry.event} ${entry.error} ${entry.code}`);
    });
    exited.then(() => reject(new Error('the gateway ended before it served')));
  });
  const metrics = async () => (await fetch(`http://127.0.0.1:${metricsPort}/metrics`)).text();
  return {
    port,
    databaseUrl,
    redisUrl: redis.url,
    secretKey: SECRET_KEY,
    async memory() {
      const [status, counted] = await Promise.all([readFile(`/proc/${child.pid}/status`, 'utf8'), metrics()]);
      return {
        rss: Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024,
        heap: Number(/^nodejs_heap_size_used_bytes (\S+)$/m.exec(counted)?.[1]),
      };
    },
    async subscriptions() {
      return Number(/^gateway_subscriptions (\d+)$/m.exec(await metrics())?.[1]);
    },
    stopPostgres: () => postgres.stop(),
    async startPostgres() {
      postgres = await startEmbeddedPostgres({ dataDir, port: postgresPort });
    },
    terminate,
  };
}
