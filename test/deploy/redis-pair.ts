// A primary and a replica with the files that are shipped for them, over TLS between each other.
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import { debianProgram } from '../../src/dev/embedded/debian.js';
import { freePort, type ServerProcess, startServerProcess } from '../../src/dev/embedded/process.js';
import { read } from '../repo/source-files.js';
import { makeCertificate } from '../support/network/certificate.js';

const PASSWORD = 'a-password-of-the-test';

export interface PairServer {
  /** The gateway's user, without TLS. */
  readonly url: string;
  readonly port: number;
  readonly tlsPort: number;
  /** The operator's. */
  readonly operator: Redis;
  readonly dir: string;
  /** Its files and what they hold, in Latin-1. */
  files(): Promise<Map<string, string>>;
}

export interface RedisPair {
  readonly first: PairServer;
  readonly second: PairServer;
  readonly password: string;
  stop(): Promise<void>;
}

/** `second` follows `first` and has all that it has. `replaced`: lines of the shipped files that a test does without. */
export async function startRedisPair(replaced: readonly string[] = []): Promise<RedisPair> {
  const folder = await mkdtemp(join(tmpdir(), 'gateway-test-pair-'));
  const file = (name: string) => join(folder, name);
  const { cert, key } = makeCertificate();
  await writeFile(file('cert.pem'), cert);
  await writeFile(file('key.pem'), key);
  await writeFile(file('users.acl'), withPasswords(read('deploy/redis/durable-users.acl')));
  const program = await debianProgram('redis-server', ['redis-server', 'valkey-server']);
  const processes: ServerProcess[] = [];
  const start = async (name: string): Promise<PairServer> => {
    const dir = await mkdtemp(join(folder, name));
    const [port, tlsPort] = [await freePort(), await freePort()];
    const here = [
      'bind 127.0.0.1',
      `port ${port}`,
      `tls-port ${tlsPort}`,
      `tls-cert-file ${file('cert.pem')}`,
      `tls-key-file ${file('key.pem')}`,
      `tls-ca-cert-file ${file('cert.pem')}`,
      `dir ${dir}`,
      `aclfile ${file('users.acl')}`,
      'supervised no',
      'replica-announce-ip 127.0.0.1',
      ...replaced,
    ];
    const config = file(`${name}.conf`);
    const shipped = `${read('deploy/redis/durable.conf')}\n${read('deploy/redis/replica.conf')}`;
    await writeFile(config, withPasswords(inPlaceOf(shipped, here)));
    processes.push(
      await startServerProcess({
        name,
        command: program,
        args: [config],
        deathSignal: 'TERM',
        readyLine: /ready to accept connections/i,
      }),
    );
    const operator = new Redis(`redis://operator:${PASSWORD}@127.0.0.1:${port}`);
    operator.on('error', () => {});
    return {
      url: `redis://gateway:${PASSWORD}@127.0.0.1:${port}`,
      port,
      tlsPort,
      operator,
      dir,
      files: () => filesIn(dir),
    };
  };
  const [first, second] = [await start('first'), await start('second')];
  await second.operator.replicaof('127.0.0.1', first.tlsPort);
  await takesWrites(first);
  return {
    first,
    second,
    password: PASSWORD,
    async stop() {
      first.operator.disconnect();
      second.operator.disconnect();
      for (const each of processes) await each.stop('SIGTERM');
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Resolves when the server has a replica that is up, without which it takes no writes. */
export async function takesWrites({ operator }: PairServer): Promise<void> {
  const replication = () => operator.info('replication');
  await expect.poll(replication, { timeout: 20_000 }).toContain('min_slaves_good_slaves:1');
}

function withPasswords(text: string): string {
  return text.replace(/[A-Z_]+_PASSWORD/g, PASSWORD);
}

/** The settings, each given line in the place of those with its name. */
function inPlaceOf(shipped: string, lines: readonly string[]): string {
  const name = (line: string) => line.split(' ', 1)[0]!;
  const replaced = new Set(lines.map(name));
  return [...shipped.split('\n').filter((line) => !replaced.has(name(line))), ...lines, ''].join('\n');
}

async function filesIn(dir: string): Promise<Map<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return new Map(
    await Promise.all(files.map(async (file) => [file, await readFile(file, 'latin1')] as const)),
  );
}
