// Check names with software of others: dig, kdig and curl as clients, unbound and dnsdist between a device and the node.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, type ServerProcess } from '../../../src/dev/embedded/process.js';
import { type Prefix, parsePrefix } from '../../../src/lib/ip.js';
import { debianPackage } from '../../support/debian.js';
import { CERTIFICATE_NAME, makeCertificate } from '../../support/network/certificate.js';
import { askOnce } from '../support/device.js';
import { decode, query } from '../support/messages.js';
import { DohDevice, dotDevice } from '../support/stream-devices.js';
import { CATALOGUE, startTestEdge, type TestEdge } from '../support/test-edge.js';
import { startUnbound } from '../support/unbound.js';

const run = promisify(execFile);

const ALLOWED = '127.0.0.7';
const UNLISTED = '127.0.0.66';
const BALANCER = '127.0.0.250';
const CHECK = 'check.portal.vpn.example';
const FACTS = ['ours', 'listed', 'udp', 'tcp', 'dot', 'doh', 'v4', 'v6', 'stale', 'region-us'];
const WEB = '127.0.0.1';

let edge: TestEdge;
let folder: string;
const servers: (ServerProcess | ChildProcess)[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-check-'));
  const certificate = makeCertificate();
  await writeFile(join(folder, 'cert.pem'), certificate.cert);
  await writeFile(join(folder, 'key.pem'), certificate.key);
  const free = { host: '127.0.0.1', port: 0 };
  edge = await startTestEdge({
    workers: 1,
    live: { ipv4: WEB, ipv6: null },
    balancers: [parsePrefix(BALANCER) as Prefix],
    catalogue: { ...CATALOGUE, portal: { ...CATALOGUE.portal, check: { ipv4: [WEB], ipv6: [] } } },
    secure: { certificate, dot: free, doh: free },
  });
});
afterEach(async () => {
  for (const server of servers.splice(0)) {
    if ('stop' in server) await server.stop('SIGTERM');
    else if (server.exitCode === null) {
      server.kill('SIGTERM');
      await once(server, 'exit');
    }
  }
});
afterAll(async () => {
  await edge?.close();
  await rm(folder, { recursive: true, force: true });
});

/** The facts whose names have an address, by asking one after the other. */
async function factsBy(ask: (name: string) => Promise<Buffer>): Promise<string[]> {
  const found: string[] = [];
  for (const [index, fact] of FACTS.entries()) {
    const answer = decode(await ask(`nonce${index}x${servers.length}.${fact}.${CHECK}`));
    if (answer.rcode === 'NOERROR' && answer.answers.length > 0) found.push(fact);
    else expect(answer.rcode).toBe('NXDOMAIN');
  }
  return found;
}
const askAt = (port: number, source: string, transport: 'udp' | 'tcp') => (name: string) =>
  askOnce({ port, source, transport }, query({ name }));

describe('dig and kdig, as support uses them', () => {
  it('dig shows the status of an allowed client over UDP, and turns to TCP for an unlisted one', async () => {
    const dig = await debianPackage('bind9-dnsutils');
    const status = async (source: string) => {
      const where = ['-b', source, '-p', String(edge.port), '@127.0.0.1'];
      return (await run(dig, [...where, 'TXT', `status.${CHECK}`, '+short', '+tries=1'])).stdout.trim();
    };
    expect(await status(ALLOWED)).toMatch(
      /^"listed=yes region=us transport=udp family=4 server=127\.0\.0\.1 relay=1 allowlist-age=0s"$/,
    );
    expect(await status(UNLISTED)).toBe(
      '"listed=no transport=tcp family=4 server=127.0.0.1 allowlist-age=0s"',
    );
  });

  it.each([
    ['TCP', () => edge.port, ['+tcp']],
    ['DoT', () => edge.dotPort, ['+tls']],
    ['DoH', () => edge.dohPort, ['+https']],
  ] as const)('kdig shows why it is refused over %s', async (_, port, options) => {
    const kdig = await debianPackage('knot-dnsutils');
    const verified =
      options[0] === '+tcp'
        ? []
        : [`+tls-ca=${join(folder, 'cert.pem')}`, `+tls-hostname=${CERTIFICATE_NAME}`];
    const where = ['-b', UNLISTED, '-p', String(port()), '@127.0.0.1', ...options, ...verified];
    const { stdout } = await run(kdig, [
      ...where,
      'www.stream.example',
      'A',
      '+edns',
      '+timeout=5',
      '+retry=0',
    ]);
    expect(stdout).toContain('status: REFUSED');
    expect(stdout).toMatch(/EDE: 18 \(Prohibited\): ['"]https:\/\/portal\.vpn\.example\/['"]/);
  });
});

describe('curl, as a browser', () => {
  it('reaches the web server of check names by DNS over HTTPS exactly for the facts that hold', async () => {
    const curl = await debianPackage('curl');
    const web = createServer((_request, response) => response.writeHead(204).end()).listen(0, WEB);
    await once(web, 'listening');
    const { port } = web.address() as AddressInfo;
    const doh = ['--doh-url', `https://127.0.0.1:${edge.dohPort}/dns-query`, '--doh-insecure'];
    const fetches = async (fact: string) => {
      const url = `http://n.${fact}.${CHECK}:${port}/`;
      return run(curl, ['-s', '-4', '--max-time', '10', '-f', ...doh, url]).then(
        () => true,
        ({ code }) => {
          // The host has no address; Debian 12's curl calls it "out of memory" (27) when DNS over HTTPS says so.
          expect([6, 27]).toContain(code);
          return false;
        },
      );
    };
    const fetched = async () => {
      const found = await Promise.all(FACTS.map(async (fact) => ((await fetches(fact)) ? [fact] : [])));
      return found.flat();
    };
    expect(await fetched()).toEqual(['ours', 'doh', 'v4']);
    // curl's own questions come from the address that the system chooses.
    edge.list('127.0.0.1', 'us');
    expect(await fetched()).toEqual(['ours', 'listed', 'doh', 'v4', 'region-us']);
    edge.unlist('127.0.0.1');
    web.close();
  });

  it('reads the page of live counts and its events', async () => {
    const curl = await debianPackage('curl');
    const url = (path: string) => `https://live.${CHECK}:${edge.dohPort}${path}`;
    const doh = [
      '--doh-url',
      `https://127.0.0.1:${edge.dohPort}/dns-query`,
      '--doh-insecure',
      '-k',
      '--interface',
      ALLOWED,
    ];
    const page = await run(curl, ['-s', '-4', '--max-time', '10', '-f', '--http2', ...doh, url('/')]);
    expect(page.stdout).toContain('<h1>What this network asks</h1>');
    const events = spawn(curl, ['-s', '-4', '-N', '--max-time', '30', '--http2', ...doh, url('/counts')]);
    const [first] = (await once(events.stdout, 'data')) as [Buffer];
    expect(first.toString()).toBe(
      'event: counts\ndata: {"transports":{},"types":{},"kinds":{},"services":{}}\n\n',
    );
    await askAt(edge.port, ALLOWED, 'udp')('www.stream.example');
    const [second] = (await once(events.stdout, 'data')) as [Buffer];
    expect(second.toString()).toContain('"services":{"stream":1}');
    events.kill();
    await once(events, 'exit');
  });
});

const byFacts = (one: string, other: string) => FACTS.indexOf(one) - FACTS.indexOf(other);

describe('a resolver in between', () => {
  async function resolverWith(lines: string): Promise<number> {
    const { process, port } = await startUnbound(folder, `  do-not-query-localhost: no\n${lines}`);
    servers.push(process);
    return port;
  }
  const forwarding = (outgoing: string, more = '') => `
  outgoing-interface: ${outgoing}
forward-zone:
  name: "."
  forward-addr: 127.0.0.1@${edge.port}
  ${more}
`;

  it('that asks us from an allowed address shows how it asks', async () => {
    const port = await resolverWith(forwarding(ALLOWED));
    for (const transport of ['udp', 'tcp'] as const) {
      expect(await factsBy(askAt(port, '127.0.0.99', transport))).toEqual([
        'ours',
        'listed',
        'udp',
        'v4',
        'region-us',
      ]);
    }
  });

  it('that asks us from an unlisted address comes over TCP, because over UDP it gets nothing longer than its query', async () => {
    const port = await resolverWith(forwarding(UNLISTED));
    expect(await factsBy(askAt(port, ALLOWED, 'udp'))).toEqual(['ours', 'v4']);
  });

  it('that asks us over TCP shows that', async () => {
    const port = await resolverWith(forwarding(ALLOWED, 'forward-tcp-upstream: yes'));
    expect(await factsBy(askAt(port, '127.0.0.99', 'udp'))).toEqual([
      'ours',
      'listed',
      'tcp',
      'v4',
      'region-us',
    ]);
  });

  it('that does not ask us shows nothing: in public DNS the names do not exist', async () => {
    const port = await resolverWith('  local-zone: "portal.vpn.example." static');
    expect(await factsBy(askAt(port, ALLOWED, 'udp'))).toEqual([]);
  });

  it('dnsdist that names the source shows facts about the device, and how the query came from dnsdist', async () => {
    const program = await debianPackage('dnsdist');
    const [port, dotPort, dohPort] = await Promise.all([freePort(), freePort(), freePort()]);
    const files = `'${join(folder, 'cert.pem')}', '${join(folder, 'key.pem')}'`;
    const config = [
      `setLocal('127.0.0.1:${port}')`,
      `addTLSLocal('127.0.0.1:${dotPort}', ${files})`,
      `addDOHLocal('127.0.0.1:${dohPort}', ${files}, '/dns-query')`,
      `newServer{address='127.0.0.1:${edge.tcpPort}', source='${BALANCER}', useProxyProtocol=true, checkName='www.stream.example.'}`,
    ];
    await writeFile(join(folder, 'dnsdist.conf'), config.join('\n'));
    servers.push(spawn(program, ['--supervised', '-C', join(folder, 'dnsdist.conf')], { stdio: 'ignore' }));
    const status = (transport: 'udp' | 'tcp', source: string) =>
      askAt(port, source, transport)(`n.ours.${CHECK}`).then((bytes) => decode(bytes).rcode);
    await expect.poll(() => status('tcp', ALLOWED).catch(() => ''), { timeout: 10_000 }).toBe('NOERROR');
    const common = ['ours', 'listed', 'v4', 'region-us'];
    const facts = (more: string[]) => [...common, ...more].sort(byFacts);
    expect(await factsBy(askAt(port, ALLOWED, 'udp'))).toEqual(facts(['udp']));
    expect(await factsBy(askAt(port, ALLOWED, 'tcp'))).toEqual(facts(['tcp']));
    expect(await factsBy(askAt(port, UNLISTED, 'tcp'))).toEqual(['ours', 'tcp', 'v4']);
    const overDot = async (name: string) => {
      const device = await dotDevice({ source: ALLOWED, port: dotPort });
      return device.ask(query({ name })).finally(() => device.close());
    };
    const overDoh = async (name: string) => {
      const device = await DohDevice.at({ source: ALLOWED, port: dohPort });
      return (await device.post(query({ name })).finally(() => device.close())).body;
    };
    // What is behind dnsdist's TLS, the node cannot know.
    for (const ask of [overDot, overDoh]) {
      const found = await factsBy(ask);
      expect(found).toEqual(expect.arrayContaining(common));
      expect(found.filter((fact) => fact === 'dot' || fact === 'doh')).toEqual([]);
    }
  });
});
