// Two real Redis servers in a folder, from the machine's redis-server or valkey-server, set up as production should be.
// The durable one has every write on disk before it answers, no clock in its file, and a reader for dns-nodes that can
// only read. The ephemeral one holds what has a clock, and writes nothing to a disk.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { DNS_NODE_ACL } from '../allowlist/keys.js';
import { debianProgram } from './debian.js';
import { endLeftover } from './leftover.js';
import { type EmbeddedServer, freePort, startServerProcess } from './process.js';

export interface EmbeddedRedis extends EmbeddedServer {
  /** The gateway's user: `redis://gateway:password@127.0.0.1:port` */
  readonly url: string;
  /** The dns-node's user, which can read the public allowlist and nothing else. */
  readonly nodeUrl: string;
  readonly port: number;
}

export interface EphemeralRedis extends EmbeddedServer {
  /** The gateway's user: `redis://gateway:password@127.0.0.1:port` */
  readonly url: string;
  readonly port: number;
}

interface EmbeddedOptions {
  readonly dataDir: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  readonly say?: (line: string) => void;
}

/** Everything but administration; of that, what the sweeper and `doctor` need. */
const GATEWAY_ACL = ['~*', '&*', '+@all', '-@admin', '+bgrewriteaof', '+config|get'];

/** As much as a million counters take. Beyond it writes fail, and so do sign-ins: nothing that was spent is forgotten. */
const EPHEMERAL_MEMORY = '256mb';

/**
 * Starts the durable Redis of `dataDir`; the server ends with this process.
 * Throws StartError with one clear line when it cannot.
 */
export async function startEmbeddedRedis(options: EmbeddedOptions): Promise<EmbeddedRedis> {
  const nodePassword = await secret(options.dataDir, 'redis-dns-node.secret');
  const server = await startServer(options, { folder: 'redis', name: 'Redis' }, [
    'rdbcompression no',
    'appendonly yes',
    'appendfsync always',
    'aof-timestamp-enabled no',
    // It cannot log in, but Redis replays its append-only file with this user's rights: without them every script that
    // stands there is dropped in silence at a restart (redis#14541).
    'user default off ~* &* +@all',
    `user dns-node on >${nodePassword} ${DNS_NODE_ACL.join(' ')}`,
  ]);
  return { ...server, nodeUrl: `redis://dns-node:${nodePassword}@127.0.0.1:${server.port}` };
}

/** As `startEmbeddedRedis`, for the ephemeral one. It starts empty. */
export function startEphemeralRedis(options: EmbeddedOptions): Promise<EphemeralRedis> {
  return startServer(options, { folder: 'redis-ephemeral', name: 'the ephemeral Redis' }, [
    'appendonly no',
    `maxmemory ${EPHEMERAL_MEMORY}`,
    'maxmemory-policy noeviction',
    'user default off',
  ]);
}

async function startServer(
  options: EmbeddedOptions,
  { folder, name }: { readonly folder: string; readonly name: string },
  lines: readonly string[],
): Promise<EphemeralRedis> {
  const program = await debianProgram('redis-server', ['redis-server', 'valkey-server'], options.say);
  const dir = join(options.dataDir, folder);
  const pidFile = join(dir, 'redis.pid');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await endLeftover({ pidFile, program: 'redis', signal: 'SIGTERM' });

  const port = options.port || (await freePort());
  const password = await secret(options.dataDir, `${folder}.secret`);
  const configFile = join(dir, 'redis.conf');
  const user = `user gateway on >${password} ${GATEWAY_ACL.join(' ')}`;
  const config = [...shared({ dir, pidFile, port }), user, ...lines, ''].join('\n');
  await writeFile(configFile, config, { mode: 0o600 });
  const server = await startServerProcess({
    name,
    command: program,
    args: [configFile],
    deathSignal: 'TERM',
    readyLine: /ready to accept connections/i,
  });
  return {
    url: `redis://gateway:${password}@127.0.0.1:${port}`,
    port,
    pid: server.pid,
    ended: server.ended,
    stop: () => server.stop('SIGTERM'),
  };
}

function shared({ dir, pidFile, port }: { dir: string; pidFile: string; port: number }): string[] {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    'daemonize no',
    `pidfile "${pidFile}"`,
    `dir "${dir}"`,
    'logfile ""',
    'loglevel notice',
    'save ""',
    'slowlog-log-slower-than -1',
    // The log of a crash has the arguments of the command that ran.
    'crash-log-enabled no',
  ];
}

/** The secret in the file, made on first use. */
async function secret(dataDir: string, name: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, name);
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return kept.trim();
  const made = randomBytes(24).toString('base64url');
  await writeFile(file, `${made}\n`, { mode: 0o600 });
  return made;
}
