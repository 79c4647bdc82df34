// The whole product as `npm start` runs it, on empty storage in a folder of its own, and the raid that ends it.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../src/embedded/process.js';
import { root } from '../repo/source-files.js';

export interface RaidedProduct {
  /** Holds everything that the product writes: its data, its temporary files and, after the raid, its output. */
  readonly folder: string;
  readonly graphqlUrl: string;
  readonly dnsPort: number;
  readonly databaseUrl: string;
  /** The gateway's Redis user. */
  readonly redisUrl: string;
  /** Writes what the metrics and health endpoints say beside the data, as a collector of metrics would. */
  keepMetrics(): Promise<void>;
  /** SIGKILL to every process at once; what they had printed is written beside their data. */
  raid(): Promise<void>;
  remove(): Promise<void>;
}

export async function startToBeRaided(settings: Readonly<Record<string, string>>): Promise<RaidedProduct> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-raid-'));
  const temporary = join(folder, 'tmp');
  await mkdir(temporary);
  const ports = {
    GATEWAY_PORT: String(await freePort()),
    GATEWAY_METRICS_PORT: String(await freePort()),
    DNS_PORT: String(await freePort()),
    DNS_METRICS_PORT: String(await freePort()),
  };
  const child = spawn(process.execPath, [`${root}dist/src/bin/dev.js`], {
    cwd: folder,
    env: { ...settings, ...ports, PATH: '/usr/bin:/bin:/usr/sbin:/sbin', HOME: folder, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = collectOutput(child);
  await output.saying(/^ready\b/m);
  const running = JSON.parse(readFileSync(join(folder, '.data', 'running.json'), 'utf8'));
  return {
    folder,
    graphqlUrl: `http://127.0.0.1:${ports.GATEWAY_PORT}/graphql`,
    dnsPort: Number(ports.DNS_PORT),
    databaseUrl: running.settings.DATABASE_URL,
    redisUrl: running.settings.REDIS_URL,
    async keepMetrics() {
      for (const port of [ports.GATEWAY_METRICS_PORT, ports.DNS_METRICS_PORT]) {
        for (const path of ['metrics', 'readyz']) {
          const answer = await fetch(`http://127.0.0.1:${port}/${path}`);
          await writeFile(join(folder, `${path}-${port}.txt`), await answer.text());
        }
      }
    },
    async raid() {
      const processes = [...descendants(child.pid!), child.pid!];
      const ended = once(child, 'close');
      for (const pid of processes) kill(pid);
      await ended;
      await writeFile(join(folder, 'output.txt'), output.text());
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A short-lived one, such as Redis's rewriting child, may have ended by itself. */
function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}

function collectOutput(child: ChildProcess) {
  let text = '';
  const waiting: { words: RegExp; resolve: () => void }[] = [];
  const read = (chunk: Buffer) => {
    text += chunk.toString();
    for (const { words, resolve } of waiting) if (words.test(text)) resolve();
  };
  child.stdout?.on('data', read);
  child.stderr?.on('data', read);
  return {
    text: () => text,
    saying: (words: RegExp) =>
      new Promise<void>((resolve, reject) => {
        waiting.push({ words, resolve });
        child.once('exit', () => reject(new Error(`the product ended:\n${text}`)));
      }),
  };
}

/** The ids of all processes below the given one, from /proc. */
function descendants(of: number): number[] {
  const children = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => parentOf(pid) === of);
  return children.flatMap((pid) => [...descendants(pid), pid]);
}

function parentOf(pid: number): number {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ');
    return Number(fields?.[1]);
  } catch {
    return 0;
  }
}
