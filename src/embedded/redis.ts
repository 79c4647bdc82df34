// A real Redis in a folder, from the machine's redis-server or valkey-server, set up as production should be:
// every write on disk before it is answered, no clock in the log, a reader for dns-nodes that can only read.
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

/** Everything but administration; of that, what the sweeper and `doctor` need. */
const GATEWAY_ACL = ['~*', '&*', '+@all', '-@admin', '+bgrewriteaof', '+config|get'];

/**
 * Starts the Redis of `dataDir`; the server ends with this process. `port` 0 or absent: a free one.
 * Throws StartError with one clear line when it cannot.
 */
export async function startEmbeddedRedis(options: {
  dataDir: string;
  port?: number;
  say?: (line: string) => void;
}): Promise<EmbeddedRedis> {
  const program = await debianProgram('redis-server', ['redis-server', 'valkey-server'], options.say);
  const dir = join(options.dataDir, 'redis');
  const pidFile = join(dir, 'redis.pid');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await endLeftover({ pidFile, program: 'redis', signal: 'SIGTERM' });

  const port = options.port || (await freePort());
  const password = await secret(join(options.dataDir, 'redis.secret'));
  const nodePassword = await secret(join(options.dataDir, 'redis-dns-node.secret'));
  const configFile = join(dir, 'redis.conf');
  await writeFile(configFile, config({ dir, pidFile, port, password, nodePassword }), { mode: 0o600 });
  const server = await startServerProcess({
    name: 'Redis',
    command: program,
    args: [configFile],
    deathSignal: 'TERM',
    readyLine: /ready to accept connections/i,
  });
  return {
    url: `redis://gateway:${password}@127.0.0.1:${port}`,
    nodeUrl: `redis://dns-node:${nodePassword}@127.0.0.1:${port}`,
    port,
    pid: server.pid,
    ended: server.ended,
    stop: () => server.stop('SIGTERM'),
  };
}

function config(options: {
  dir: string;
  pidFile: string;
  port: number;
  password: string;
  nodePassword: string;
}): string {
  return [
    'bind 127.0.0.1',
    `port ${options.port}`,
    'daemonize no',
    `pidfile "${options.pidFile}"`,
    `dir "${options.dir}"`,
    'logfile ""',
    'loglevel notice',
    'save ""',
    'rdbcompression no',
    'appendonly yes',
    'appendfsync always',
    'aof-timestamp-enabled no',
    'slowlog-log-slower-than -1',
    // It cannot log in, but Redis replays its append-only file with this user's rights: without them every script that
    // stands there is dropped in silence at a restart (redis#14541).
    'user default off ~* &* +@all',
    `user gateway on >${options.password} ${GATEWAY_ACL.join(' ')}`,
    `user dns-node on >${options.nodePassword} ${DNS_NODE_ACL.join(' ')}`,
    '',
  ].join('\n');
}

/** The secret in the file, made on first use. */
async function secret(file: string): Promise<string> {
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return kept.trim();
  const made = randomBytes(24).toString('base64url');
  await writeFile(file, `${made}\n`, { mode: 0o600 });
  return made;
}
