// A machine beside this one, with an address, a resolv.conf and programs of its own: a network namespace behind a cable.
import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { SYSTEMD_RESOLVED } from '../debian.js';

export interface StubMachine {
  /** This machine's address on the cable, where a server for it may listen on any port. */
  readonly server: string;
  /** Its own address, which is the source of all that it asks over IPv4. */
  readonly address: string;
  /** The same two addresses of IPv6. */
  readonly server6: string;
  readonly address6: string;
  /** Runs a program there; its exit status and what it printed. Never rejects for a status. */
  run(program: string, ...args: readonly string[]): Promise<{ status: number; output: string }>;
  /** Addresses of the cable: of IPv4 up to 6, of IPv6 any. 1 and 2 are taken. */
  at(host: number): string;
  at6(host: number): string;
  /** Gives this machine, or the other one, a further IPv4 address of the cable. */
  addAddress(side: 'server' | 'machine', address: string): void;
  /** Gives this machine all addresses of an IPv6 prefix, to which the other one gets a route. */
  addPrefix(prefix: string): void;
  /** Replaces /etc/resolv.conf there. */
  resolvConf(...lines: readonly string[]): Promise<void>;
  /** Starts systemd-resolved there, which asks `server` and answers at 127.0.0.53. To be called once. */
  startResolved(): Promise<void>;
  close(): Promise<void>;
}

/** Its log says so when it is about to listen, which it does before it reads anything else. */
const LISTENS = 'Creating stub listener';
const RESOLVED = `
  mount -t tmpfs tmpfs /run
  mkdir -p /run/systemd/resolved.conf.d
  printf '[Resolve]\\nDNS=%s\\nFallbackDNS=\\n' "$1" > /run/systemd/resolved.conf.d/test.conf
  export LD_LIBRARY_PATH="$(dirname "$(find "$2" -name 'libsystemd-shared*.so')")"
  exec "$2/lib/systemd/systemd-resolved"`;

let made = 0;

/** resolv.conf names `server`. Needs root, as the tests' containers are. */
export async function stubMachine(): Promise<StubMachine> {
  made += 1;
  const id = `${process.pid.toString(36)}${made}`;
  const name = `gws-${id}`;
  // Of the network for benchmarks (RFC 2544), a /29 for each process and machine.
  const block = ((process.pid * 8 + made) % 16_384) * 8;
  const at = (host: number) => `198.${18 + (block >> 16)}.${(block >> 8) & 255}.${(block & 255) + host}`;
  const [server, address] = [at(1), at(2)];
  // Of the network for benchmarks of IPv6 (RFC 5180), a /64 for each.
  const at6 = (host: number) => `2001:2:0:${(block / 8).toString(16)}::${host}`;
  const [server6, address6] = [at6(1), at6(2)];
  const etc = `/etc/netns/${name}`;
  const resolvConf = (...lines: readonly string[]) =>
    writeFile(`${etc}/resolv.conf`, lines.map((line) => `${line}\n`).join(''));

  // `ip netns exec` mounts what lies here over the files of /etc.
  await mkdir(etc, { recursive: true });
  await resolvConf(`nameserver ${server}`);
  await writeFile(`${etc}/nsswitch.conf`, 'hosts: files dns\n');
  await writeFile(`${etc}/hosts`, '127.0.0.1 localhost\n');
  // The user to which systemd-resolved changes need not exist here.
  await writeFile(`${etc}/passwd`, 'root:x:0:0::/root:/bin/sh\nsystemd-resolve:x:990:990::/:/bin/false\n');
  await writeFile(`${etc}/group`, 'root:x:0:\nsystemd-resolve:x:990:\n');
  ip(
    `netns add ${name}`,
    `link add s${id} type veth peer name m${id} netns ${name}`,
    `addr add ${server}/29 dev s${id}`,
    `addr add ${server6}/64 dev s${id} nodad`,
    `link set s${id} up`,
    `-n ${name} addr add ${address}/29 dev m${id}`,
    `-n ${name} addr add ${address6}/64 dev m${id} nodad`,
    `-n ${name} link set m${id} up`,
    `-n ${name} link set lo up`,
  );
  let resolved: ChildProcess | undefined;
  const prefixes: string[] = [];
  return {
    server,
    address,
    server6,
    address6,
    at,
    at6,
    addAddress(side, text) {
      const [where, device] = side === 'server' ? ['', `s${id}`] : [`-n ${name} `, `m${id}`];
      ip(`${where}addr add ${text}/29 dev ${device}`);
    },
    addPrefix(prefix) {
      ip(`-6 route add local ${prefix} dev lo`, `-n ${name} -6 route add ${prefix} via ${server6}`);
      prefixes.push(prefix);
    },
    resolvConf,
    run: (program, ...args) =>
      promisify(execFile)('ip', ['netns', 'exec', name, program, ...args]).then(
        ({ stdout }) => ({ status: 0, output: stdout }),
        ({ code, stdout }: { code: number; stdout: string }) => ({ status: code, output: stdout }),
      ),
    async startResolved() {
      const started = spawn(
        'ip',
        ['netns', 'exec', name, 'sh', '-ec', RESOLVED, 'sh', server, SYSTEMD_RESOLVED],
        {
          stdio: ['ignore', 'ignore', 'pipe'],
          env: { ...process.env, SYSTEMD_LOG_LEVEL: 'debug', SYSTEMD_LOG_TARGET: 'console' },
        },
      );
      resolved = started;
      const log = createInterface({ input: started.stderr! });
      for await (const line of log) if (line.includes(LISTENS)) break;
      started.stderr!.resume();
    },
    async close() {
      if (resolved !== undefined && resolved.exitCode === null) {
        resolved.kill('SIGKILL');
        await once(resolved, 'exit');
      }
      for (const prefix of prefixes) ip(`-6 route del local ${prefix} dev lo`);
      ip(`netns del ${name}`);
      await rm(etc, { recursive: true });
    },
  };
}

function ip(...commands: readonly string[]): void {
  for (const command of commands) execFileSync('ip', command.split(' '));
}
