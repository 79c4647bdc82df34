// Two real Redis servers in a folder, from the machine's redis-server or valkey-server, with the files that are shipped for
// production (deploy/redis). The durable one has every write on disk before it answers, no clock in its file, and a reader
// for dns-nodes that can only read. The ephemeral one holds what has a clock, and writes nothing to a disk.
import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { productRoot } from '../../config/catalogue.js';
import { debianProgram } from './debian.js';
import { endLeftover } from './leftover.js';
import { type EmbeddedServer, freePort, startServerProcess } from './process.js';

export interface EmbeddedRedis extends EphemeralRedis {
  /** The dns-node's user, which can read the public allowlist and nothing else. */
  readonly nodeUrl: string;
}

export interface EphemeralRedis extends EmbeddedServer {
  /** The gateway's user: `redis://gateway:password@127.0.0.1:port` */
  readonly url: string;
  /** A user who may do everything, as the gateway's must not. */
  readonly operatorUrl: string;
  readonly port: number;
}

const SHIPPED = `${productRoot}deploy/redis/`;

interface EmbeddedOptions {
  readonly dataDir: string;
  /** 0 or absent: a free one. */
  readonly port?: number;
  readonly say?: (line: string) => void;
}

/**
 * Starts the durable Redis of `dataDir`; the server ends with this process.
 * Throws StartError with one clear line when it cannot.
 */
export async function startEmbeddedRedis(options: EmbeddedOptions): Promise<EmbeddedRedis> {
  const nodePassword = await secret(options.dataDir, 'redis-dns-node.secret');
  const server = await startServer(options, {
    folder: 'redis',
    name: 'Redis',
    shipped: 'durable',
    passwords: { DNS_NODE_PASSWORD: nodePassword },
  });
  return { ...server, nodeUrl: `redis://dns-node:${nodePassword}@127.0.0.1:${server.port}` };
}

/** As `startEmbeddedRedis`, for the ephemeral one. It starts empty. */
export function startEphemeralRedis(options: EmbeddedOptions): Promise<EphemeralRedis> {
  const name = 'the ephemeral Redis';
  return startServer(options, { folder: 'redis-ephemeral', name, shipped: 'ephemeral', passwords: {} });
}

interface Server {
  readonly folder: string;
  readonly name: string;
  /** Which of the files in deploy/redis it has. */
  readonly shipped: 'durable' | 'ephemeral';
  /** Of its users beyond the gateway and the operator, by their places in the shipped file. */
  readonly passwords: Readonly<Record<string, string>>;
}

async function startServer(options: EmbeddedOptions, server: Server): Promise<EphemeralRedis> {
  const { folder, name, shipped } = server;
  const program = await debianProgram('redis-server', ['redis-server', 'valkey-server'], options.say);
  const dir = join(options.dataDir, folder);
  const pidFile = join(dir, 'redis.pid');
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await endLeftover({ pidFile, program: 'redis', signal: 'SIGTERM' });

  const port = options.port || (await freePort());
  const password = await secret(options.dataDir, `${folder}.secret`);
  const operatorPassword = await secret(options.dataDir, `${folder}-operator.secret`);
  const usersFile = join(dir, 'users.acl');
  const passwords = { ...server.passwords, GATEWAY_PASSWORD: password, OPERATOR_PASSWORD: operatorPassword };
  await writeFile(usersFile, await shippedUsers(shipped, passwords), { mode: 0o600 });
  const configFile = join(dir, 'redis.conf');
  const config = await shippedConfig(shipped, onThisMachine({ dir, pidFile, port, usersFile }));
  await writeFile(configFile, config, { mode: 0o600 });
  const running = await startServerProcess({
    name,
    command: program,
    args: [configFile],
    deathSignal: 'TERM',
    readyLine: /ready to accept connections/i,
  });
  return {
    url: `redis://gateway:${password}@127.0.0.1:${port}`,
    operatorUrl: `redis://operator:${operatorPassword}@127.0.0.1:${port}`,
    port,
    pid: running.pid,
    ended: running.ended,
    stop: () => running.stop('SIGTERM'),
  };
}

/** The settings as production should have them, but for those that are given. */
async function shippedConfig(shipped: string, others: readonly string[]): Promise<string> {
  const name = (line: string) => line.split(' ', 1)[0]!;
  const replaced = new Set(others.map(name));
  const text = await readFile(`${SHIPPED}${shipped}.conf`, 'utf8');
  const kept = text.split('\n').filter((line) => !replaced.has(name(line)));
  return [...kept, ...others, ''].join('\n');
}

/** The users as production should have them. One whose password is not given gets one that nobody knows. */
async function shippedUsers(shipped: string, passwords: Readonly<Record<string, string>>): Promise<string> {
  const text = await readFile(`${SHIPPED}${shipped}-users.acl`, 'utf8');
  return text.replace(/>([A-Z_]+)/g, (_match, place: string) => `>${passwords[place] ?? newSecret()}`);
}

/** What differs from a server that machines reach over a network. */
function onThisMachine(place: { dir: string; pidFile: string; port: number; usersFile: string }): string[] {
  return [
    'bind 127.0.0.1',
    `port ${place.port}`,
    'tls-port 0',
    'tls-replication no',
    'supervised no',
    // What it holds can be found in its file as it stands.
    'rdbcompression no',
    `pidfile "${place.pidFile}"`,
    `dir "${place.dir}"`,
    `aclfile "${place.usersFile}"`,
  ];
}

/** The secret in the file, made on first use. */
async function secret(dataDir: string, name: string): Promise<string> {
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  const file = join(dataDir, name);
  const kept = await readFile(file, 'utf8').catch(() => null);
  if (kept !== null) return kept.trim();
  const made = newSecret();
  await writeFile(file, `${made}\n`, { mode: 0o600 });
  return made;
}

function newSecret(): string {
  return randomBytes(24).toString('base64url');
}
