import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { freePort, type ServerProcess, startServerProcess } from '../../../src/dev/embedded/process.js';
import { debianPackage } from '../../support/debian.js';
import { makeCertificate, type TestCertificate } from '../../support/network/certificate.js';
import { askOnce } from '../support/device.js';
import { decode, type QueryParts, query, TYPES } from '../support/messages.js';
import { startTestEdge, type TestEdge } from '../support/test-edge.js';
import { startUnbound } from '../support/unbound.js';
import { questionOf } from '../support/upstream-server.js';

const SOURCE = '127.0.0.7';
const TYPE = { ...TYPES, RRSIG: 46, CAA: 257 } as const;

const ZONE = `
$ORIGIN example.org.
$TTL 300
@        IN SOA   ns hostmaster 1 3600 600 86400 120
@        IN NS    ns
ns       IN A     192.0.2.1
www      IN A     192.0.2.53
www      IN A     192.0.2.54
www      IN AAAA  2001:db8::53
@        IN MX    10 mail
mail     IN A     192.0.2.25
binary   IN TXT   "\\000\\001\\255\\"quoted\\"" "" "\\195\\164"
@        IN CAA   0 issue "ca.example.net"
@        IN HTTPS 1 . alpn=h2,h3 ipv4hint=192.0.2.53
alias    IN CNAME chain
chain    IN CNAME www
below    IN DNAME tree
1.tree   IN A     192.0.2.77
host.tree IN A    192.0.2.78
dangling IN CNAME nowhere
signed   IN A     192.0.2.99
signed   IN RRSIG A 13 3 300 20400101000000 20200101000000 4711 example.org. AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
${Array.from({ length: 40 }, (_, index) => `large    IN TXT   "${'x'.repeat(90)}${index}"`).join('\n')}
`;

let folder: string;
let certificate: TestCertificate;
let servers: ServerProcess[];
let edge: TestEdge | undefined;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-upstream-'));
  certificate = makeCertificate({ name: 'resolver.example' });
  servers = [];
});
afterEach(async () => {
  await edge?.close();
  edge = undefined;
  for (const server of servers) await server.stop('SIGTERM');
  await rm(folder, { recursive: true, force: true });
});

interface RealServer {
  readonly port: number;
  readonly tlsPort: number;
}

/** unbound as the zone's server, over UDP, TCP and TLS. */
async function startZone(): Promise<RealServer> {
  const tlsPort = await freePort();
  const file = (name: string) => join(folder, name);
  await Promise.all([
    writeFile(file('zone'), ZONE),
    writeFile(file('cert.pem'), certificate.cert),
    writeFile(file('key.pem'), certificate.key),
  ]);
  const lines = `
  interface: 127.0.0.1@${tlsPort}
  tls-port: ${tlsPort}
  tls-service-key: "${file('key.pem')}"
  tls-service-pem: "${file('cert.pem')}"
  minimal-responses: yes
  rrset-roundrobin: no
auth-zone:
  name: example.org
  zonefile: "${file('zone')}"
  for-downstream: yes
  for-upstream: no
`;
  const { process, port } = await startUnbound(folder, lines);
  servers.push(process);
  return { port, tlsPort };
}

async function startEdge({ port, tlsPort }: RealServer, isSecure: boolean): Promise<TestEdge> {
  const endpoint = { host: '127.0.0.1', port: isSecure ? tlsPort : port };
  edge = await startTestEdge({
    upstreams: [
      isSecure ? { kind: 'tls', endpoint, authName: 'resolver.example' } : { kind: 'plain', endpoint },
    ],
    upstreamAuthorities: [certificate.cert.toString()],
    limits: { upstreamRoundsMs: [4000] },
  });
  return edge;
}

async function ask(port: number, parts: QueryParts) {
  return decode(await askOnce({ port, source: SOURCE, transport: 'tcp' }, query(parts)));
}

/** All that stands after the question. */
const recordsOf = (bytes: Buffer) => bytes.subarray(12 + questionOf(bytes).length);

const QUESTIONS: readonly [string, keyof typeof TYPE, string, number][] = [
  ['www.example.org', 'A', 'NOERROR', 2],
  ['WwW.eXaMpLe.OrG', 'A', 'NOERROR', 2],
  ['www.example.org', 'AAAA', 'NOERROR', 1],
  ['example.org', 'MX', 'NOERROR', 1],
  ['example.org', 'NS', 'NOERROR', 1],
  ['example.org', 'SOA', 'NOERROR', 1],
  ['binary.example.org', 'TXT', 'NOERROR', 1],
  ['example.org', 'CAA', 'NOERROR', 1],
  ['example.org', 'HTTPS', 'NOERROR', 1],
  ['large.example.org', 'TXT', 'NOERROR', 40],
  ['alias.example.org', 'A', 'NOERROR', 4],
  ['1.below.example.org', 'A', 'NOERROR', 3],
  // A DNAME carries the case of what stands below it into its target; upstreams see it at random.
  ['HoSt.Below.example.org', 'A', 'NOERROR', 3],
  ['dangling.example.org', 'A', 'NOERROR', 1],
  ['www.example.org', 'MX', 'NOERROR', 0],
  ['nowhere.example.org', 'A', 'NXDOMAIN', 0],
  ['1.2.0.192.example.org', 'PTR', 'NXDOMAIN', 0],
];

describe.each([
  ['plain', false],
  ['over TLS', true],
])('unbound as an upstream, %s', (_, isSecure) => {
  it('gives the same records through the edge, byte for byte, for every kind of record', async () => {
    const unbound = await startZone();
    const { port } = await startEdge(unbound, isSecure);
    for (const [name, type, rcode, answers] of QUESTIONS) {
      const parts = { name, type: TYPE[type] };
      const itself = await ask(unbound.port, parts);
      const through = await ask(port, parts);
      expect({ name, type, rcode: through.rcode, answers: through.bytes.readUInt16BE(6) }).toEqual({
        name,
        type,
        rcode,
        answers,
      });
      expect(recordsOf(through.bytes)).toEqual(recordsOf(itself.bytes));
      expect(questionOf(through.bytes)).toEqual(questionOf(query(parts)));
    }
    const metrics = await edge!.registry.metrics();
    expect(metrics).toContain('dns_upstream_attempts_total{outcome="answered"}');
    expect(metrics).not.toMatch(/dns_upstream_attempts_total\{outcome="(?!answered)/);
  });

  it('gives negative answers that the edge caches as long as their SOA states', async () => {
    const { port } = await startEdge(await startZone(), isSecure);
    for (const parts of [{ name: 'nowhere.example.org' }, { name: 'www.example.org', type: TYPE.MX }]) {
      expect((await ask(port, parts)).authority).toEqual(['SOA example.org 120']);
    }
  });

  it('receives the DO bit only if the client set it, and its signatures reach only that client', async () => {
    const { port } = await startEdge(await startZone(), isSecure);
    const signed = await ask(port, { name: 'signed.example.org', edns: { dnssecOk: true } });
    expect(signed.answers.map((answer) => answer.split(' ')[0])).toEqual(['A', 'RRSIG']);
    expect(signed.opt).toMatchObject({ dnssecOk: true });
    const unsigned = await ask(port, { name: 'signed.example.org', edns: {} });
    expect(unsigned.answers).toEqual(['A 192.0.2.99']);
  });
});

describe('unbound over TLS', () => {
  it('gets no query when its certificate has another name', async () => {
    const unbound = await startZone();
    certificate = makeCertificate({ name: 'resolver.example' });
    const { port } = await startEdge(unbound, true);
    expect((await ask(port, { name: 'www.example.org' })).rcode).toBe('SERVFAIL');
  });
});

describe('dnsmasq as an upstream', () => {
  it('gives the same records through the edge, byte for byte', async () => {
    const command = await debianPackage('dnsmasq-base');
    const port = await freePort();
    const records = [
      '--host-record=www.example.org,192.0.2.53,2001:db8::53',
      '--mx-host=example.org,mail.example.org,10',
      '--txt-record=binary.example.org,"text"',
      '--cname=alias.example.org,www.example.org',
      '--caa-record=example.org,0,issue,ca.example.net',
      '--local=/example.org/',
    ];
    const dnsmasq = await startServerProcess({
      name: 'dnsmasq',
      command,
      args: [
        '--no-daemon',
        '--conf-file=/dev/null',
        '--no-hosts',
        '--no-resolv',
        '--user=',
        '--listen-address=127.0.0.1',
        '--bind-interfaces',
        `--port=${port}`,
        '--local-ttl=300',
        ...records,
      ],
      deathSignal: 'TERM',
      readyLine: /started, version/,
    });
    servers.push(dnsmasq);
    const { port: edgePort } = await startEdge({ port, tlsPort: 0 }, false);
    for (const [name, type] of [
      ['www.example.org', 'A'],
      ['www.example.org', 'AAAA'],
      ['example.org', 'MX'],
      ['binary.example.org', 'TXT'],
      ['example.org', 'CAA'],
      ['alias.example.org', 'A'],
    ] as const) {
      const [itself, through] = [
        await ask(port, { name, type: TYPE[type] }),
        await ask(edgePort, { name, type: TYPE[type] }),
      ];
      expect(through).toMatchObject({ rcode: 'NOERROR' });
      expect(through.bytes.readUInt16BE(6)).toBeGreaterThan(0);
      expect(recordsOf(through.bytes)).toEqual(recordsOf(itself.bytes));
    }
    expect((await ask(edgePort, { name: 'nowhere.example.org' })).rcode).toBe('NXDOMAIN');
  });
});
