import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CheckNames } from '../../../src/dns/policy/check-names.js';
import { Query } from '../../../src/dns/wire/query.js';
import { RCODE } from '../../../src/dns/wire/wire.js';
import { makeCertificate } from '../../support/network/certificate.js';
import { askOnce } from '../support/device.js';
import { type Decoded, decode, ednsOption, type QueryParts, query, TYPES } from '../support/messages.js';
import { DohDevice, dotDevice } from '../support/stream-devices.js';
import { CATALOGUE, startTestEdge, type TestEdge, UDP_TRANSPORTS } from '../support/test-edge.js';
import { startUpstream, type TestUpstream } from '../support/upstream-server.js';

const PORTAL = 'portal.vpn.example';
const CHECK = `check.${PORTAL}`;
const HOME = `home.${PORTAL}`;
const FACTS = ['ours', 'listed', 'udp', 'tcp', 'dot', 'doh', 'v4', 'v6', 'stale', 'region-us', 'region-br'];
const WEB = { ipv4: ['192.0.2.90'], ipv6: ['2001:db8::90'] };

const TRANSPORTS = ['udp', 'tcp', 'dot', 'doh'] as const;
type Transport = (typeof TRANSPORTS)[number];

const nonce = () => randomBytes(8).toString('hex');
const check = (fact: string) => `${nonce()}.${fact}.${CHECK}`;

describe.each(UDP_TRANSPORTS)('with UDP by %s:', (_, workers) => {
  let edge: TestEdge;
  let upstream: TestUpstream;
  let age = 0;
  beforeAll(async () => {
    upstream = await startUpstream();
    const free = { host: '::', port: 0 };
    edge = await startTestEdge({
      workers,
      listen: free,
      upstreams: [{ host: '127.0.0.1', port: upstream.port }],
      catalogue: { ...CATALOGUE, portal: { ...CATALOGUE.portal, check: WEB } },
      secure: { certificate: makeCertificate(), dot: free, doh: free },
      allowlistAge: () => age,
    });
  });
  afterAll(async () => {
    await edge?.close();
    await upstream?.close();
  });

  async function bytesFor(source: string, transport: Transport, message: Buffer): Promise<Buffer> {
    if (transport === 'udp' || transport === 'tcp') {
      return askOnce({ port: edge.port, source, transport }, message);
    }
    if (transport === 'dot') {
      const device = await dotDevice({ source, port: edge.dotPort });
      return device.ask(message).finally(() => device.close());
    }
    const device = await DohDevice.at({ source, port: edge.dohPort });
    const answer = await device.post(message).finally(() => device.close());
    return answer.body;
  }

  const ask = async (source: string, transport: Transport, parts: QueryParts): Promise<Decoded> =>
    decode(await bytesFor(source, transport, query(parts)));

  /** The facts that hold; `TC`: those that a client over UDP has to ask for over TCP. */
  async function factsOf(source: string, transport: Transport): Promise<Record<string, string>> {
    const found: Record<string, string> = {};
    for (const fact of FACTS) {
      const answer = await ask(source, transport, { name: check(fact) });
      if (answer.rcode === 'NXDOMAIN') continue;
      found[fact] = answer.flags.includes('TC') ? 'TC' : answer.answers.join(' ');
    }
    return found;
  }

  const SOURCES = [
    { source: '127.0.0.7', family: 'v4', isListed: true },
    { source: '127.0.0.66', family: 'v4', isListed: false },
    { source: '::1', family: 'v6', isListed: true },
    { source: '::1', family: 'v6', isListed: false },
  ] as const;
  const MATRIX = SOURCES.flatMap((row) => TRANSPORTS.map((transport) => ({ ...row, transport })));

  it.each(MATRIX)(
    'from $source (listed: $isListed) over $transport: the facts that hold, and no other',
    async (row) => {
      const { source, family, isListed, transport } = row;
      if (source === '::1' && isListed) edge.list('::1', 'us');
      else edge.unlist('::1');
      const facts = ['ours', transport, family, ...(isListed ? ['listed', 'region-us'] : [])];
      const shown = isListed || transport !== 'udp' ? `A ${WEB.ipv4[0]}` : 'TC';
      expect(await factsOf(source, transport)).toEqual(
        Object.fromEntries(facts.map((fact) => [fact, shown])),
      );
    },
  );

  it.each(TRANSPORTS)(
    'over %s: the addresses of the web server, for one query only, and NODATA for other types',
    async (transport) => {
      const name = check('ours');
      const of = (type: number) => ask('127.0.0.7', transport, { name, type });
      expect(await of(TYPES.A)).toMatchObject({ flags: 'AA RD RA', answers: ['A 192.0.2.90'], ttls: [0] });
      expect(await of(TYPES.AAAA)).toMatchObject({
        flags: 'AA RD RA',
        answers: ['AAAA 2001:db8::90'],
        ttls: [0],
      });
      for (const type of [TYPES.TXT, TYPES.HTTPS, TYPES.MX]) {
        expect(await of(type)).toMatchObject({
          rcode: 'NOERROR',
          flags: 'AA RD RA',
          answers: [],
          authority: [`SOA ${CHECK} 0`],
          ttls: [0],
        });
      }
    },
  );

  it('are the portal’s addresses without a web server of their own', async () => {
    const own = await startTestEdge({ workers });
    const answer = await askOnce(
      { port: own.port, source: '127.0.0.7', transport: 'udp' },
      query({ name: check('ours') }),
    );
    expect(decode(answer).answers).toEqual(CATALOGUE.portal.ipv4.map((each) => `A ${each}`));
    await own.close();
  });

  it.each([
    [`${nonce()}.listed.${CHECK}`, 'A', '127.0.0.66'],
    [`${nonce()}.nothing.${CHECK}`, 'A', '127.0.0.7'],
    [`nothing.${CHECK}`, 'TXT', '127.0.0.7'],
    [`${nonce()}.region-mars.${CHECK}`, 'A', '127.0.0.7'],
  ] as const)('what does not hold does not exist: %s %s', async (name, type, source) => {
    const answer = await ask(source, 'tcp', { name, type: TYPES[type] });
    expect(answer).toMatchObject({
      rcode: 'NXDOMAIN',
      flags: 'AA RD RA',
      answers: [],
      authority: [`SOA ${CHECK} 0`],
      ttls: [0],
    });
  });

  it('are the same with any number of labels before the fact, and in any letter case, which comes back', async () => {
    for (const deep of [
      `a.b.c.ours.${CHECK}`,
      `A.B.OURS.cHeCk.PORTAL.vpn.EXAMPLE`,
      `${'x.'.repeat(100)}v4.${CHECK}`,
    ]) {
      const answer = await ask('127.0.0.7', 'udp', { name: deep });
      expect(answer).toMatchObject({ rcode: 'NOERROR', answers: ['A 192.0.2.90'] });
      expect(answer.bytes.includes(query({ name: deep }).subarray(12))).toBe(true);
    }
  });

  it.each([CHECK, HOME])(
    'the zone %s has an SOA and a name server, and names above others exist',
    async (zone) => {
      for (const source of ['127.0.0.7', '127.0.0.66']) {
        const of = (name: string, type: number) => ask(source, 'tcp', { name, type });
        expect((await of(zone, TYPES.SOA)).answers).toEqual([`SOA ${zone} 0`]);
        expect((await of(zone, TYPES.NS)).answers).toEqual([`NS ${zone}`]);
        const empty = { rcode: 'NOERROR', flags: 'AA RD RA', answers: [], authority: [`SOA ${zone} 0`] };
        expect(await of(zone, TYPES.A)).toMatchObject(empty);
        if (zone === CHECK) expect(await of(`listed.${CHECK}`, TYPES.A)).toMatchObject(empty);
      }
    },
  );

  it('a query for DS is about the parent zone: it is forwarded, or refused', async () => {
    const answer = await ask('127.0.0.7', 'tcp', { name: CHECK, type: TYPES.DS });
    expect(answer).toMatchObject({ rcode: 'NOERROR', authority: ['SOA example.org 120'] });
    expect((await ask('127.0.0.66', 'tcp', { name: CHECK, type: TYPES.DS })).rcode).toBe('REFUSED');
  });

  it('nothing but a query for DS leaves the node', async () => {
    const names = new Set(upstream.asked.map(({ name, type }) => `${name.toLowerCase()} ${type}`));
    expect([...names].filter((asked) => asked.includes('check.') || asked.includes('home.'))).toEqual([
      `${CHECK} DS`,
    ]);
  });

  it('an unlisted client never gets more bytes over UDP than it sent', async () => {
    const names = [
      ...FACTS.map(check),
      ...['status', 'live', 'nothing'].map((label) => `${label}.${CHECK}`),
      CHECK,
      HOME,
      `tv.${HOME}`,
    ];
    for (const name of names) {
      for (const type of [TYPES.A, TYPES.AAAA, TYPES.TXT, TYPES.SOA, TYPES.NS, TYPES.MX]) {
        for (const edns of [undefined, {}, { options: ednsOption(10, Buffer.alloc(8, 1)) }]) {
          const message = query({ name, type, ...(edns && { edns }) });
          const answer = decode(await bytesFor('127.0.0.66', 'udp', message));
          expect(answer.bytes.length).toBeLessThanOrEqual(message.length);
          expect(answer.answers).toEqual([]);
          expect(['NOERROR', 'NXDOMAIN']).toContain(answer.rcode);
          // What does not hold is answered at once, and needs no TCP.
          expect(answer.flags).toBe(answer.rcode === 'NOERROR' ? 'AA TC RD RA' : 'AA RD RA');
        }
      }
    }
  });

  it('with padding enough it gets the answer over UDP', async () => {
    const edns = { options: ednsOption(12, Buffer.alloc(60)) };
    expect((await ask('127.0.0.66', 'udp', { name: check('udp'), edns })).answers).toEqual(['A 192.0.2.90']);
  });

  it.each([
    [30, false],
    [62, true],
    [1e6, true],
  ])('with an allowlist that is %i seconds old: stale is %s', async (seconds, isStale) => {
    const ageShown = async () => {
      const { answers } = await ask('127.0.0.7', 'udp', { name: `status.${CHECK}`, type: TYPES.TXT });
      return Number(/allowlist-age=(\d+)s/.exec(answers[0]!)![1]);
    };
    age = seconds;
    // Every thread learns it within a second.
    await expect.poll(ageShown, { timeout: 5000, interval: 20 }).toBeGreaterThanOrEqual(seconds);
    const answer = await ask('127.0.0.7', 'udp', { name: check('stale') });
    expect(answer.rcode).toBe(isStale ? 'NOERROR' : 'NXDOMAIN');
    age = 0;
    await expect.poll(ageShown, { timeout: 5000, interval: 20 }).toBe(0);
  });

  describe('the status, for support', () => {
    const status = async (source: string, transport: Transport) => {
      const message = query({ name: `status.${CHECK}`, type: TYPES.TXT });
      return decode(await bytesFor(source, transport, message));
    };

    it.each(TRANSPORTS)('is about an allowed client that asks over %s', async (transport) => {
      // On the fallback transport the system does not say to which address a datagram was sent.
      const server = (text: string) => (transport === 'udp' && workers === 0 ? '' : ` server=${text}`);
      const answer = await status('127.0.0.7', transport);
      expect(answer).toMatchObject({ rcode: 'NOERROR', flags: 'AA RD RA', ttls: [0] });
      expect(answer.answers).toEqual([
        `TXT listed=yes region=us transport=${transport} family=4${server('127.0.0.1')} relay=1 allowlist-age=0s`,
      ]);
      edge.list('::1', 'br');
      expect((await status('::1', transport)).answers).toEqual([
        `TXT listed=yes region=br transport=${transport} family=6${server('::1')} relay=1 allowlist-age=0s`,
      ]);
      edge.unlist('::1');
    });

    it.each(['tcp', 'dot', 'doh'] as const)(
      'is about an unlisted client that asks over %s',
      async (transport) => {
        expect((await status('127.0.0.66', transport)).answers).toEqual([
          `TXT listed=no transport=${transport} family=4 server=127.0.0.1 allowlist-age=0s`,
        ]);
      },
    );

    it('with a name before it shows where that name leads the client', async () => {
      const of = async (name: string, source = '127.0.0.7') => {
        const message = query({ name: `${name}.status.${CHECK}`, type: TYPES.TXT });
        return decode(await bytesFor(source, 'tcp', message)).answers[0];
      };
      const end = 'transport=tcp family=4 server=127.0.0.1';
      expect(await of('WWW.stream.example')).toBe(
        `TXT listed=yes service=stream region=us ${end} relay=1 allowlist-age=0s`,
      );
      expect(await of('www.stream.example', '127.0.0.8')).toContain('service=stream region=br');
      expect(await of('www.example.org')).toBe(`TXT listed=yes service=none ${end} allowlist-age=0s`);
      expect(await of('www.stream.example', '127.0.0.66')).toBe(`TXT listed=no ${end} allowlist-age=0s`);
    });

    it('is for TCP when an unlisted client asks over UDP', async () => {
      expect(await status('127.0.0.66', 'udp')).toMatchObject({ flags: 'AA TC RD RA', answers: [] });
    });
  });

  describe('the self name', () => {
    const self = (source: string, transport: Transport, type: number) =>
      ask(source, transport, { name: `flat.${HOME}`, type });
    const nothing = { rcode: 'NOERROR', answers: [], authority: [`SOA ${HOME} 0`] };

    it.each(TRANSPORTS)(
      'is the address of the allowed client that asks over %s, in the family asked',
      async (transport) => {
        expect(await self('127.0.0.7', transport, TYPES.A)).toMatchObject({
          answers: ['A 127.0.0.7'],
          ttls: [0],
        });
        expect(await self('127.0.0.8', transport, TYPES.A)).toMatchObject({
          answers: ['A 127.0.0.8'],
          ttls: [0],
        });
        expect(await self('127.0.0.7', transport, TYPES.AAAA)).toMatchObject(nothing);
        edge.list('::1', 'us');
        expect(await self('::1', transport, TYPES.AAAA)).toMatchObject({ answers: ['AAAA ::1'], ttls: [0] });
        expect(await self('::1', transport, TYPES.A)).toMatchObject(nothing);
        edge.unlist('::1');
      },
    );

    it('has nothing for everybody else, and nothing longer than the question over UDP (U17)', async () => {
      for (const transport of ['tcp', 'dot', 'doh'] as const) {
        expect(await self('127.0.0.66', transport, TYPES.A)).toMatchObject(nothing);
      }
      const forged = await self('127.0.0.66', 'udp', TYPES.A);
      expect(forged).toMatchObject({ rcode: 'NOERROR', answers: [], authority: [] });
      expect(forged.bytes.length).toBeLessThanOrEqual(query({ name: `flat.${HOME}` }).length);
    });

    it('has nothing of other types', async () => {
      for (const type of [TYPES.TXT, TYPES.HTTPS, TYPES.MX]) {
        expect(await self('127.0.0.7', 'udp', type)).toMatchObject(nothing);
      }
    });
  });
});

it.each([
  [60, 'NXDOMAIN'],
  [60.001, 'NOERROR'],
] as const)('an allowlist is stale after 60 seconds: %f → %s', (allowlistAge, rcode) => {
  const names = new CheckNames(CATALOGUE.portal, [], [1, 2], null);
  const asked = new Query([1, 2]);
  const message = query({ name: check('stale') });
  asked.read(message, message.length);
  const nowhere = { family: 4, words: [0] } as const;
  const facts = { source: nowhere, server: nowhere, transport: 'udp', region: null, relay: 0, service: null };
  const reply = names.reply(asked, { ...facts, isListed: true, allowlistAge }, false)!;
  expect(reply.rcode).toBe(RCODE[rcode]);
});
