// The servers that ours is compared with, each as its manual says for one core in production: no log of queries, large
// buffers where it can have them, one thread for what comes in. Nothing that any of them sends leaves this machine.
import { writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LOAD_CORE } from '../process.js';
import type { Bench, Server } from './bench.js';
import { compile } from './compile.js';
import { LISTED } from './dnsperf.js';
import { CACHED, FETCHED_ZONE, FORWARDED_ZONE } from './names.js';

/** The answer for names of the catalogue, with the time to live that ours gives. */
const RELAY = '192.0.2.1';
const RELAY_TTL = 60;
/** Long enough that nothing that was warmed expires in a run. */
const UPSTREAM_TTL = 86_400;

/** From dist/bench/dns, where the build puts this file, to the source. */
const FLOOR_SOURCE = fileURLToPath(new URL('../../../bench/dns/floor.c', import.meta.url));

/** What both unbounds have: no files but their own, no user to change to, no control socket. */
const UNBOUND = [
  'server:',
  '  interface: 127.0.0.1',
  '  do-daemonize: no',
  '  username: ""',
  '  chroot: ""',
  '  directory: ""',
  '  pidfile: ""',
  '  use-syslog: no',
  '  verbosity: 0',
  '  num-threads: 1',
  '  so-rcvbuf: 4m',
  '  so-sndbuf: 4m',
];
const UNBOUND_CONTROL = ['remote-control:', '  control-enable: no'];

/** Where all others forward to: an unbound with zones of its own and nothing else, on the core of the load. */
export async function startUpstream(bench: Bench): Promise<Server> {
  const port = await bench.freePort();
  const config = join(bench.folder, 'upstream.conf');
  const zone = FORWARDED_ZONE;
  const lines = [
    ...UNBOUND,
    `  port: ${port}`,
    '  local-zone: "." refuse',
    `  local-zone: "${zone}." static`,
    `  local-data: "${zone}. 3600 SOA ns.${zone}. admin.${zone}. 1 3600 600 86400 3600"`,
    ...CACHED.map((name) => `  local-data: "${name}. ${UPSTREAM_TTL} A 198.51.100.1"`),
    `  local-zone: "${FETCHED_ZONE}." redirect`,
    `  local-data: "${FETCHED_ZONE}. ${UPSTREAM_TTL} A 198.51.100.2"`,
    ...UNBOUND_CONTROL,
  ];
  await writeLines(config, lines);
  const command = [bench.needs.unbound, '-d', '-c', config];
  return bench.start({ name: 'upstream', command, port, cores: LOAD_CORE });
}

export async function startUnbound(
  bench: Bench,
  suffixes: readonly string[],
  upstream: number,
): Promise<Server> {
  const port = await bench.freePort();
  const config = join(bench.folder, 'unbound.conf');
  const lines = [
    ...UNBOUND,
    `  port: ${port}`,
    '  so-reuseport: yes',
    // As its guide to performance says for one thread with libevent, which Debian's has: many queries on their way at
    // once, caches that are large and in one slab, that of records twice the size of that of messages.
    '  outgoing-range: 8192',
    '  num-queries-per-thread: 4096',
    '  rrset-cache-size: 64m',
    '  msg-cache-size: 32m',
    '  rrset-cache-slabs: 1',
    '  msg-cache-slabs: 1',
    '  infra-cache-slabs: 1',
    // Ours does not validate: neither does this one.
    '  module-config: "iterator"',
    '  do-not-query-localhost: no',
    '  access-control: 0.0.0.0/0 refuse',
    `  access-control: ${LISTED}/32 allow`,
    ...suffixes.flatMap((suffix) => [
      `  local-zone: "${suffix}." redirect`,
      `  local-data: "${suffix}. ${RELAY_TTL} A ${RELAY}"`,
    ]),
    'forward-zone:',
    '  name: "."',
    `  forward-addr: 127.0.0.1@${upstream}`,
    ...UNBOUND_CONTROL,
  ];
  await writeLines(config, lines);
  return bench.start({ name: 'unbound', command: [bench.needs.unbound, '-d', '-c', config], port });
}

export async function startDnsdist(
  bench: Bench,
  suffixes: readonly string[],
  upstream: number,
): Promise<Server> {
  const port = await bench.freePort();
  const config = join(bench.folder, 'dnsdist.conf');
  const lines = [
    `setLocal("127.0.0.1:${port}")`,
    // Its way to turn sources away is to drop what they send.
    `setACL({"${LISTED}/32"})`,
    'setMaxUDPOutstanding(65535)',
    // Off by default; several datagrams in one system call make it faster here.
    'setUDPMultipleMessagesVectorSize(64)',
    'setVerboseHealthChecks(false)',
    // It would ask the internet whether its version is safe.
    'setSecurityPollSuffix("")',
    `newServer({address="127.0.0.1:${upstream}", checkName="${CACHED[0]}."})`,
    `getPool(""):setCache(newPacketCache(100000, {maxTTL=${UPSTREAM_TTL}}))`,
    'relayed = newSuffixMatchNode()',
    ...suffixes.map((suffix) => `relayed:add("${suffix}")`),
    `addAction(SuffixMatchNodeRule(relayed), SpoofAction({"${RELAY}"}, {ttl=${RELAY_TTL}}))`,
  ];
  await writeLines(config, lines);
  const command = [bench.needs.dnsdist, '--supervised', '--disable-syslog', '-C', config];
  return bench.start({ name: 'dnsdist', command, port });
}

/** It has no list of sources: it answers the unlisted ones, too. */
export async function startDnsmasq(
  bench: Bench,
  suffixes: readonly string[],
  upstream: number,
): Promise<Server> {
  const port = await bench.freePort();
  const config = join(bench.folder, 'dnsmasq.conf');
  const lines = [
    `port=${port}`,
    'listen-address=127.0.0.1',
    'bind-interfaces',
    'no-resolv',
    'no-hosts',
    'cache-size=10000',
    'dns-forward-max=10000',
    `local-ttl=${RELAY_TTL}`,
    `server=127.0.0.1#${upstream}`,
    ...suffixes.map((suffix) => `address=/${suffix}/${RELAY}`),
  ];
  await writeLines(config, lines);
  const user = userInfo().username;
  const options = ['--keep-in-foreground', `--conf-file=${config}`, '--pid-file=', `--user=${user}`];
  return bench.start({ name: 'dnsmasq', command: [bench.needs.dnsmasq, ...options], port });
}

/** Null where there is no C compiler. */
export async function startFloor(bench: Bench): Promise<Server | null> {
  const program = await compile(bench, 'floor', FLOOR_SOURCE);
  if (program === null) return null;
  const port = await bench.freePort();
  return bench.start({ name: 'floor', command: [program, String(port)], port });
}

function writeLines(file: string, lines: readonly string[]): Promise<void> {
  return writeFile(file, lines.map((line) => `${line}\n`).join(''));
}
