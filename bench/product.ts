// The whole product on this machine as a benchmark needs it: on empty storage and free ports, and gone afterwards.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readStartConfig, type StartConfig } from '../src/config/start.js';
import { freePort } from '../src/embedded/process.js';
import { startProduct } from '../src/start/product.js';
import { runningSettings } from '../src/start/running-file.js';

export interface BenchProduct {
  readonly config: StartConfig;
  readonly graphqlUrl: string;
  readonly mailboxUrl: string;
  readonly dnsPort: number;
  readonly databaseUrl: string;
  /** The gateway's Redis user. */
  readonly redisUrl: string;
  /** 32 octets in base64. */
  readonly secretKey: string;
  /** Aborted by Ctrl-C. */
  readonly interrupted: AbortSignal;
}

/** Starts it, runs `measure`, and stops it, however that ends. */
export async function withProduct(measure: (product: BenchProduct) => Promise<void>): Promise<void> {
  const dataDir = await mkdtemp(join(tmpdir(), 'gateway-bench-'));
  try {
    await measureIn(dataDir, measure);
  } finally {
    await rm(dataDir, { recursive: true, force: true });
  }
}

async function measureIn(dataDir: string, measure: (product: BenchProduct) => Promise<void>): Promise<void> {
  const interrupted = new AbortController();
  process.once('SIGINT', () => interrupted.abort());
  const [gatewayPort, dnsPort, mailboxPort] = await Promise.all([freePort(), freePort(), freePort()]);
  const config = readStartConfig({
    PATH: process.env.PATH,
    // As the product is run; GraphQL's library checks more otherwise.
    NODE_ENV: 'production',
    GATEWAY_PORT: String(gatewayPort),
    GATEWAY_METRICS_PORT: '0',
    DNS_PORT: String(dnsPort),
    DNS_METRICS_PORT: '0',
    DNS_UPSTREAMS: '',
    MAILBOX_PORT: String(mailboxPort),
    MAILBOX_SMTP_PORT: '0',
  });
  const say = (line: string) => console.error(line);
  const product = await startProduct({ config, dataDir, say, interrupted: interrupted.signal });
  try {
    const { DATABASE_URL = '', REDIS_URL = '', SECRET_KEY = '' } = (await runningSettings(dataDir)) ?? {};
    await measure({
      config,
      graphqlUrl: `http://127.0.0.1:${gatewayPort}/graphql`,
      mailboxUrl: `http://127.0.0.1:${mailboxPort}`,
      dnsPort,
      databaseUrl: DATABASE_URL,
      redisUrl: REDIS_URL,
      secretKey: SECRET_KEY,
      interrupted: interrupted.signal,
    });
  } finally {
    await product.stop();
  }
}
