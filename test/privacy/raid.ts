// The whole product as `npm start` runs it, on empty storage in a folder of its own, and the raid that ends it.
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { family, startCommand, survivors } from '../dev/start-command.js';

export interface RaidedProduct {
  /** Holds everything that the product writes: its data, its temporary files and, after the raid, its output. */
  readonly folder: string;
  readonly graphqlUrl: string;
  /** The page of the mailbox that catches the product's mail. */
  readonly mailboxUrl: string;
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
  const start = startCommand(folder, { ...settings, HOME: folder, TMPDIR: temporary });
  await start.ready;
  const running = JSON.parse(readFileSync(join(folder, '.data', 'running.json'), 'utf8')).settings;
  return {
    folder,
    graphqlUrl: `http://127.0.0.1:${running.GATEWAY_PORT}/graphql`,
    mailboxUrl: /^ {2}mail +(http:\S+)$/m.exec(start.stdout())![1]!,
    dnsPort: Number(running.DNS_PORT),
    databaseUrl: running.DATABASE_URL,
    redisUrl: running.REDIS_URL,
    async keepMetrics() {
      for (const port of [running.GATEWAY_METRICS_PORT, running.DNS_METRICS_PORT]) {
        for (const path of ['metrics', 'readyz']) {
          const answer = await fetch(`http://127.0.0.1:${port}/${path}`);
          await writeFile(join(folder, `${path}-${port}.txt`), await answer.text());
        }
      }
    },
    async raid() {
      // Halted first, parents before their children: none reacts to another's end, as Postgres does by cleaning up.
      for (const { pid } of family(start.pid)) signal(pid, 'SIGSTOP');
      const members = family(start.pid);
      for (const { pid } of members) signal(pid, 'SIGKILL');
      await start.ended;
      await survivors(members);
      await writeFile(join(folder, 'output.txt'), start.stdout() + start.stderr());
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A short-lived one, such as Redis's rewriting child, may have ended by itself. */
function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
