// The gateway and a dns-node as the processes that they are in production, on a real Postgres and Redis.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { freePort } from '../../src/dev/embedded/process.js';
import { root } from '../repo/source-files.js';
import { COMPILED_MODULES } from './compiled-modules.js';
import { GATEWAY_SETTINGS } from './settings.js';
import { initialiseAllowlist, startEphemeral, type TestRedisServer } from './stores/redis.js';

export interface ProductProcess {
  readonly child: ChildProcess;
  /** Everything that the process has printed. */
  output(): string;
  /** SIGTERM, then the exit code. */
  stop(): Promise<number | null>;
}

export interface Product {
  readonly graphqlUrl: string;
  readonly gatewayMetricsUrl: string;
  readonly dnsPort: number;
  readonly dnsMetricsUrl: string;
  /** The Redis without a disk, which starts and stops with the product. */
  readonly ephemeral: TestRedisServer;
  readonly gateway: ProductProcess;
  readonly node: ProductProcess;
  stop(): Promise<void>;
}

export interface ProductOptions {
  readonly databaseUrl: string;
  readonly redis: { readonly url: string; readonly nodeUrl: string };
  /** `host:port` of an upstream; none when absent. */
  readonly upstream?: string;
  readonly trustedProxies?: string;
  /** Arguments for Node before the dns-node's file. */
  readonly nodeArguments?: readonly string[];
}

/** Initialises the allowlist, starts both processes and resolves when both serve. */
export async function startProduct(options: ProductOptions): Promise<Product> {
  await initialiseAllowlist(options.redis.url);
  const ephemeral = await startEphemeral();
  const [gatewayPort, gatewayMetrics, dnsPort, dnsMetrics] = await Promise.all([
    freePort(),
    freePort(),
    freePort(),
    freePort(),
  ]);
  const [gateway, node] = await bothOrNeither([
    startProcess('gateway', [], {
      ...GATEWAY_SETTINGS,
      GATEWAY_PORT: String(gatewayPort),
      GATEWAY_METRICS_PORT: String(gatewayMetrics),
      DATABASE_URL: options.databaseUrl,
      REDIS_URL: options.redis.url,
      REDIS_EPHEMERAL_URL: ephemeral.url,
      ALLOW_PRIVATE_ADDRESSES: 'true',
      TRUSTED_PROXIES: options.trustedProxies ?? '127.0.0.1',
    }),
    startProcess('dns-node', options.nodeArguments ?? [], {
      DNS_PORT: String(dnsPort),
      DNS_METRICS_PORT: String(dnsMetrics),
      REDIS_URL: options.redis.nodeUrl,
      DNS_UPSTREAMS: options.upstream ?? '',
    }),
  ]).catch(async (error) => {
    await ephemeral.stop();
    throw error;
  });
  return {
    graphqlUrl: `http://127.0.0.1:${gatewayPort}/graphql`,
    gatewayMetricsUrl: `http://127.0.0.1:${gatewayMetrics}`,
    dnsPort,
    dnsMetricsUrl: `http://127.0.0.1:${dnsMetrics}`,
    ephemeral,
    gateway,
    node,
    async stop() {
      await Promise.all([gateway.stop(), node.stop()]);
      await ephemeral.stop();
    },
  };
}

/** When one does not start, the other is stopped. */
async function bothOrNeither(
  starting: readonly [Promise<ProductProcess>, Promise<ProductProcess>],
): Promise<[ProductProcess, ProductProcess]> {
  try {
    return await Promise.all(starting);
  } catch (error) {
    for (const outcome of await Promise.allSettled(starting)) {
      if (outcome.status === 'fulfilled') await outcome.value.stop();
    }
    throw error;
  }
}

/** Starts `dist/src/bin/<name>.js` with nothing but the given settings; rejects with its output when it ends early. */
export async function startProcess(
  name: 'gateway' | 'dns-node',
  nodeArguments: readonly string[],
  settings: Readonly<Record<string, string>>,
): Promise<ProductProcess> {
  const child = spawn(process.execPath, [...nodeArguments, `${root}dist/src/bin/${name}.js`], {
    env: { ...COMPILED_MODULES, ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stderr.on('data', (chunk: Buffer) => {
    output += chunk.toString();
  });
  await new Promise<void>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      output += `${line}\n`;
      if (line.includes('"process.started"')) resolve();
    });
    child.once('exit', () => reject(new Error(`${name} ended before it served:\n${output}`)));
  });
  return {
    child,
    output: () => output,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGTERM');
        await once(child, 'exit');
      }
      return child.exitCode;
    },
  };
}
