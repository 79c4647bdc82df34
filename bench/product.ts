// The whole product on this machine as a benchmark needs it: on empty storage and free ports, and gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStartConfig, type StartConfig } from '../src/config/start.js';
import { freePort } from '../src/dev/embedded/process.js';
import { startProduct } from '../src/dev/product.js';
import { runningSettings } from '../src/dev/running-file.js';
import { OperatorError } from '../src/lib/operator-error.js';
import { type BenchOptions, runBench, unlessAborted } from './run.js';

export interface BenchProduct {
  readonly config: StartConfig;
  readonly graphqlUrl: string;
  readonly mailboxUrl: string;
  readonly dnsPort: number;
  readonly databaseUrl: string;
  /** The gateway's Redis user. */
  readonly redisUrl: string;
  readonly ephemeralRedisUrl: string;
  /** 32 bytes in base64. */
  readonly secretKey: string;
  /** Aborted when the bench is interrupted; it need not be looked at: what `measure` asks is then gone. */
  readonly signal: AbortSignal;
}

/** Starts it, runs `measure`, and stops it, however that ends. */
export async function withProduct<Name extends string>(
  options: BenchOptions<Name>,
  measure: (product: BenchProduct, values: Readonly<Record<Name, number>>) => Promise<void>,
): Promise<void> {
  await runBench(options, async (values, signal) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'gateway-bench-'));
    try {
      await measureIn(dataDir, (product) => measure(product, values), signal);
    } finally {
      await rm(dataDir, { recursive: true, force: true });
    }
  });
}

async function measureIn(
  dataDir: string,
  measure: (product: BenchProduct) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const [gatewayPort, dnsPort, mailboxPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const config = readStartConfig({
    PATH: process.env.PATH,
    // As the product is run; GraphQL's library checks more otherwise.
    NODE_ENV: 'production',
    // The measured operations are sent as documents, which production serves only when the setting allows it.
    OPEN_OPERATIONS: 'true',
    PORTAL_URL: 'https://portal.example.com',
    GATEWAY_PORT: String(gatewayPort),
    GATEWAY_METRICS_PORT: '0',
    DNS_PORT: String(dnsPort),
    DNS_METRICS_PORT: '0',
    DNS_UPSTREAMS: '',
    MAILBOX_PORT: String(mailboxPort),
    MAILBOX_SMTP_PORT: '0',
  });
  const say = (line: string) => console.error(line);
  const product = await startProduct({ config, dataDir, say, interrupted: signal });
  const failed = product.failed.then((how) => {
    throw new OperatorError(how);
  });
  try {
    const settings = (await runningSettings(dataDir)) ?? {};
    const { DATABASE_URL = '', REDIS_URL = '', REDIS_EPHEMERAL_URL = '', SECRET_KEY = '' } = settings;
    const measured = measure({
      config,
      graphqlUrl: `http://127.0.0.1:${gatewayPort}/graphql`,
      mailboxUrl: `http://127.0.0.1:${mailboxPort}`,
      dnsPort,
      databaseUrl: DATABASE_URL,
      redisUrl: REDIS_URL,
      ephemeralRedisUrl: REDIS_EPHEMERAL_URL,
      secretKey: SECRET_KEY,
      signal,
    });
    await unlessAborted(signal, Promise.race([measured, failed]));
  } finally {
    failed.catch(() => {});
    await product.stop();
  }
}
