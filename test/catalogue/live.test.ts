import { once } from 'node:events';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { createSecureContext, createServer, type Server, type TLSSocket } from 'node:tls';
import dnsPacket, { type Answer } from 'dns-packet';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkLive } from '../../src/cli/catalogue/live.js';
import { Lookups } from '../../src/cli/catalogue/lookups.js';
import { runCli, type TestFolder, testFolder } from '../cli/run-cli.js';
import { answerTo, type Script, startUpstream, type TestUpstream } from '../dns/support/upstream-server.js';
import { serviceWith } from '../support/catalogue.js';
import { makeCertificate } from '../support/network/certificate.js';

const [NXDOMAIN, SERVFAIL] = [3, 2];

/** The world of the test: `A`, `AAAA` and `NS` by name; a name without an entry does not exist. */
type World = Readonly<
  Record<string, Partial<Record<'A' | 'AAAA' | 'NS' | 'SOA', readonly string[]>> | 'SERVFAIL'>
>;

const zone = { NS: ['ns1.registrar.net'] };
const here = { ...zone, A: ['127.0.0.1'] };

const WORLD: World = {
  'alpha-video.com': here,
  'gone-below.alpha-api.com': {},
  'alpha-api.com': zone,
  'bare-video.net': zone,
  'www.bare-video.net': { A: ['127.0.0.1'] },
  'parked-video.com': { NS: ['ns1.sedoparking.com'], A: ['192.0.2.1'] },
  'parked-address.com': { ...zone, A: ['185.53.177.10'] },
  'failing-video.com': 'SERVFAIL',
  'no-zone.com': { A: ['192.0.2.1'] },
  'shared-cdn.net': zone,
  'live.shared-cdn.net': { AAAA: ['2001:db8::1'] },
  'noaddress.shared-cdn.net': {},
  'relayed-video.com': { ...zone, A: ['198.51.100.10'] },
  'many-video.com': here,
};

function scriptOf(world: World): Script {
  return (asked) => {
    const name = asked.name.toLowerCase();
    const entry = world[name];
    if (entry === 'SERVFAIL') return answerTo(asked, { flags: dnsPacket.RECURSION_AVAILABLE | SERVFAIL });
    const exists = entry !== undefined || Object.keys(world).some((each) => each.endsWith(`.${name}`));
    if (!exists) return answerTo(asked, { flags: dnsPacket.RECURSION_AVAILABLE | NXDOMAIN });
    const type = asked.type as 'A' | 'AAAA' | 'NS';
    const answers = (entry?.[type] ?? []).map((data) => ({ type, name, ttl: 60, data }) as Answer);
    return answerTo(asked, { answers });
  };
}

const services = [
  {
    id: 'alpha',
    name: 'Alpha',
    domains: ['alpha-video.com', 'alpha-api.com', 'bare-video.net', 'gone-video.com', 'gone.alpha-video.net'],
    hosts: ['live.shared-cdn.net', 'noaddress.shared-cdn.net', 'gone.shared-cdn.net'],
    patterns: ['api-*.alpha-pattern.com'],
  },
  {
    id: 'beta',
    name: 'Beta',
    domains: ['parked-video.com', 'failing-video.com', 'no-zone.com', 'many-video.com'],
    cdn: { domains: ['parked-address.com'] },
  },
];

const siblings = [{ names: ['known-*.net'], reason: 'a shop' }];

let dns: TestUpstream;
let tls: Server;
let folder: TestFolder;
/** The names that were asked for in handshakes. */
const handshakes: string[] = [];
beforeAll(async () => {
  folder = await testFolder();
  dns = await startUpstream(scriptOf({ ...WORLD, 'alpha-video.net': zone }));
  const alpha = makeCertificate({
    name: 'alpha-video.com',
    otherNames: [
      '*.alpha-video.com',
      'img.alpha-static.co.uk',
      '*.alpha-static.co.uk',
      'known-shop.net',
      'd111111abcdef8.cloudfront.net',
      'www.alpha-api.com',
    ],
  });
  const many = makeCertificate({
    name: 'many-video.com',
    otherNames: Array.from({ length: 20 }, (_, index) => `customer-${index}.com`),
  });
  tls = createServer({
    ...alpha,
    SNICallback: (name, use) => {
      handshakes.push(name);
      use(null, createSecureContext(name === 'many-video.com' ? many : alpha));
    },
  });
  tls.on('secureConnection', (socket: TLSSocket) => socket.on('error', () => {}));
  tls.listen(0, '127.0.0.1');
  await once(tls, 'listening');
});
afterAll(async () => {
  await dns?.close();
  tls?.close();
  await folder?.remove();
});

async function check(list: readonly object[], ...more: string[]) {
  const file = await folder.write('services.json', JSON.stringify({ services: list }));
  const known = await folder.write('known.json', JSON.stringify({ lists: {}, siblings }));
  return runCli([
    'catalogue',
    'check',
    file,
    '--live',
    '--resolver',
    `127.0.0.1:${dns.port}`,
    '--tls-port',
    String((tls.address() as AddressInfo).port),
    '--known',
    known,
    ...more,
  ]);
}

describe('catalogue check --live', () => {
  it('finds names that are gone or parked, and domains in certificates that the catalogue lacks', async () => {
    const result = await check(services, '--json');
    expect(result.code).toBe(1);
    expect(result.stderr).toBe('the catalogue needs attention: see the report\n');
    expect(JSON.parse(result.stdout)).toEqual({
      checked: 13,
      gone: [
        {
          name: 'gone-video.com',
          service: 'alpha',
          place: 'services[0].domains[3]',
          sign: 'gone-video.com is not registered',
        },
        {
          name: 'gone.alpha-video.net',
          service: 'alpha',
          place: 'services[0].domains[4]',
          sign: 'no such name',
        },
        {
          name: 'noaddress.shared-cdn.net',
          service: 'alpha',
          place: 'services[0].hosts[1]',
          sign: 'no address',
        },
        {
          name: 'gone.shared-cdn.net',
          service: 'alpha',
          place: 'services[0].hosts[2]',
          sign: 'no such name',
        },
        {
          name: 'no-zone.com',
          service: 'beta',
          place: 'services[1].domains[2]',
          sign: 'no-zone.com has neither NS nor SOA',
        },
      ],
      parked: [
        {
          name: 'parked-address.com',
          service: 'beta',
          place: 'services[1].cdn.domains[0]',
          sign: '185.53.177.10',
        },
        {
          name: 'parked-video.com',
          service: 'beta',
          place: 'services[1].domains[0]',
          sign: 'ns1.sedoparking.com',
        },
      ],
      siblings: [
        {
          domain: 'alpha-static.co.uk',
          service: 'alpha',
          certificatesOf: ['alpha-video.com', 'bare-video.net'],
        },
      ],
      unanswered: [
        { name: 'failing-video.com', service: 'beta', place: 'services[1].domains[1]', sign: 'ESERVFAIL' },
      ],
      left: [],
    });
    // A certificate is looked at by the name, or by its `www.` when the name has no address; never for a host of a CDN.
    expect(handshakes.sort()).toEqual(['alpha-video.com', 'many-video.com', 'www.bare-video.net']);
  });

  it('asks for each zone once, and for no pattern', () => {
    const zones = dns.asked.filter(({ type }) => type === 'NS').map(({ name }) => name);
    expect(zones.filter((name) => name === 'shared-cdn.net')).toHaveLength(1);
    expect(dns.asked.filter(({ name }) => name.includes('alpha-pattern'))).toEqual([]);
  });

  it('says what to do about each finding', async () => {
    const { stdout } = await check([services[1]!]);
    expect(stdout.split('\n')).toEqual([
      'Gone: take the name out, or find the name that has replaced it.',
      '  no-zone.com  (beta, services[0].domains[2]): no-zone.com has neither NS nor SOA',
      '',
      'Parked: take the name out today. Its new owner gets what our customers send there.',
      '  parked-address.com  (beta, services[0].cdn.domains[0]): 185.53.177.10',
      '  parked-video.com  (beta, services[0].domains[0]): ns1.sedoparking.com',
      '',
      'Without an answer: check again, and look at names that stay here for weeks.',
      '  failing-video.com  (beta, services[0].domains[1]): ESERVFAIL',
      '',
      '5 names checked: 1 gone, 2 parked, 0 siblings, 1 without an answer, 0 not reached',
      '',
    ]);
  });

  it('ends with exit code 0 when there is nothing to do', async () => {
    const fine = { id: 'alpha', name: 'Alpha', hosts: ['live.shared-cdn.net'] };
    expect(await check([fine])).toEqual({
      code: 0,
      stdout: '1 name checked: 0 gone, 0 parked, 0 siblings, 0 without an answer, 0 not reached\n',
      stderr: '',
    });
  });

  it('refuses a resolver that answers with relays', async () => {
    const result = await check([{ id: 'alpha', name: 'Alpha', domains: ['relayed-video.com'] }]);
    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: 'the resolver answers with relays, so it is a dns-node: name another one with --resolver\n',
    });
  });

  it('names the resolver when no name has an answer', async () => {
    const hosts = ['a.failing-video.com', 'b.failing-video.com'];
    expect(await check([{ id: 'alpha', name: 'Alpha', hosts }])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'no name has an answer (ESERVFAIL): --resolver must be one that this machine can ask\n',
    });
  });

  it('refuses a resolver that is no address', async () => {
    const result = await runCli(['catalogue', 'check', '--live', '--resolver', 'dns.example']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/It must be an address, with a port where it is not 53\./);
  });

  it('names what it has not reached when the time is over', async () => {
    const end = new AbortController();
    const silent = await startUpstream((asked) => {
      if (asked.name !== 'first.com') end.abort();
      return asked.name === 'first.com' ? scriptOf({ 'first.com': zone })(asked) : null;
    });
    const report = await checkLive(
      [serviceWith({ id: 'a', domains: ['first.com', 'second.com', 'third.com'] })],
      {
        lookups: new Lookups(`127.0.0.1:${silent.port}`, 60_000),
        atOnce: 1,
        tlsPort: 443,
        siblings: [],
        relays: [],
        signal: end.signal,
        progressOf: () => ({ update: () => {}, stop: () => {} }),
      },
    );
    await silent.close();
    expect(report).toMatchObject({
      checked: 0,
      unanswered: [],
      left: ['first.com', 'second.com', 'third.com'],
    });
  });

  it.each([
    ['takes no more time than was given for one handshake', 50, () => {}],
    ['ends with the time for all of it', 60_000, (lookups: Lookups) => lookups.cancel()],
  ])('with a server that sends its handshake byte by byte %s', async (_what, timeoutMs, onConnected) => {
    const lookups = new Lookups(null, timeoutMs);
    const sockets: Socket[] = [];
    const drip = createTcpServer((socket) => {
      sockets.push(socket.on('error', () => {}));
      // The header of a record of 16 KiB, and then its bytes.
      socket.write(Buffer.from([22, 3, 3, 0x40, 0]));
      const timer = setInterval(() => socket.write(Buffer.from([2])), 5);
      socket.once('close', () => clearInterval(timer));
      onConnected(lookups);
    });
    drip.listen(0, '127.0.0.1');
    await once(drip, 'listening');
    const { port } = drip.address() as AddressInfo;
    expect(await lookups.certificateNames('127.0.0.1', port, 'alpha-video.com')).toBeNull();
    for (const socket of sockets) socket.destroy();
    drip.close();
  });
});
