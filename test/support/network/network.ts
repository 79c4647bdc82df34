// A way to a store through a network of its own, in which packets can vanish without a word: a host that has lost its power or
// its cable sends no RST and no ICMP message. It leads from here over a router to a host; both are network namespaces.
import { execFileSync, spawn } from 'node:child_process';
import dns from 'node:dns';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface NetworkWay {
  /** The store's URL with the address of the host. */
  readonly url: string;
  readonly address: string;
  readonly port: number;
  /** From now on nothing gets through in either direction, and nobody is notified. */
  vanish(): void;
  heal(): void;
  close(): Promise<void>;
}

/** Listens on all addresses of the host's namespace, and hands everything to the socket in the file. */
const HOST_PROGRAM = `
  const net = require('node:net');
  const [port, path] = process.argv.slice(1);
  net.createServer((client) => {
    const store = net.connect(path);
    client.pipe(store).pipe(client);
    client.on('error', () => store.destroy()).on('close', () => store.destroy());
    store.on('error', () => client.destroy()).on('close', () => client.destroy());
  }).listen(Number(port), '0.0.0.0', () => process.stdout.write('ready'));
`;

let made = 0;

/** `storeUrl`: of a store on 127.0.0.1. Needs root, as the tests' containers are. */
export async function networkWay(storeUrl: string): Promise<NetworkWay> {
  made += 1;
  const id = `${process.pid.toString(36)}${made}`;
  const [router, host] = [`gwr-${id}`, `gwh-${id}`];
  const near = `10.${190 + (made % 32)}.${process.pid % 256}`;
  const address = `${near}.6`;
  const store = new URL(storeUrl);
  const port = Number(store.port);
  const folder = mkdtempSync(join(tmpdir(), 'gateway-test-way-'));
  const path = join(folder, 'store');
  const sockets = new Set<Socket>();

  // Unix sockets are the one way from a namespace to a store that listens on this machine's loopback.
  const bridge = createServer((inner) => {
    const outer = connect(port, '127.0.0.1');
    inner.pipe(outer).pipe(inner);
    for (const [socket, other] of [
      [inner, outer],
      [outer, inner],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
  });
  bridge.listen(path);
  await once(bridge, 'listening');

  ip(`netns add ${router}`, `netns add ${host}`);
  ip(
    `link add n${id} type veth peer name c${id} netns ${router}`,
    `addr add ${near}.1/30 dev n${id}`,
    `link set n${id} up`,
    `route add ${near}.4/30 via ${near}.2`,
  );
  ip(
    `-n ${router} link add h${id} type veth peer name e${id} netns ${host}`,
    `-n ${router} addr add ${near}.2/30 dev c${id}`,
    `-n ${router} addr add ${near}.5/30 dev h${id}`,
    `-n ${router} link set c${id} up`,
    `-n ${router} link set h${id} up`,
    `-n ${host} addr add ${address}/30 dev e${id}`,
    `-n ${host} link set e${id} up`,
    `-n ${host} route add default via ${near}.5`,
  );
  execFileSync('ip', ['netns', 'exec', router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1']);
  const relay = spawn(
    'ip',
    ['netns', 'exec', host, process.execPath, '-e', HOST_PROGRAM, String(port), path],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(relay.stdout, 'data');

  store.hostname = address;
  const blackholes = [`blackhole ${address}/32`, `blackhole ${near}.1/32`];
  return {
    url: store.href,
    address,
    port,
    vanish: () => ip(...blackholes.map((route) => `-n ${router} route add ${route}`)),
    heal: () => ip(...blackholes.map((route) => `-n ${router} route del ${route}`)),
    async close() {
      relay.kill('SIGKILL');
      await once(relay, 'exit');
      ip(`netns del ${host}`, `netns del ${router}`);
      bridge.close();
      for (const socket of sockets) socket.destroy();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A name that this process resolves to an address that a test can move, as a failover does. */
export interface MovingName {
  readonly name: string;
  moveTo(address: string): void;
  /** Lets the system resolve it again. */
  forget(): void;
}

export function movingName(name: string, first: string): MovingName {
  let address = first;
  const { lookup } = dns;
  const moved = (hostname: string, options: dns.LookupOptions, done: (...answer: unknown[]) => void) => {
    if (hostname !== name) return lookup(hostname, options, done as never);
    process.nextTick(() => (options.all ? done(null, [{ address, family: 4 }]) : done(null, address, 4)));
  };
  dns.lookup = moved as typeof lookup;
  return {
    name,
    moveTo(next) {
      address = next;
    },
    forget() {
      dns.lookup = lookup;
    },
  };
}

function ip(...commands: readonly string[]): void {
  for (const command of commands) execFileSync('ip', command.split(' '));
}
