import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AllowlistReplica } from '../../../src/allowlist/replica.js';
import { CONNECTIVITY_CHECKS } from '../../../src/lib/connectivity-checks.js';
import { makeCertificate } from '../../support/network/certificate.js';
import { askOnce } from '../support/device.js';
import { decode, ednsOption, type QueryParts, query, TYPES } from '../support/messages.js';
import { DohDevice, dotDevice } from '../support/stream-devices.js';
import { CATALOGUE, startTestEdge, type TestEdge, UDP_TRANSPORTS } from '../support/test-edge.js';
import { startUpstream, type TestUpstream } from '../support/upstream-server.js';

const ALLOWED = '127.0.0.7';
const UNLISTED = '127.0.0.66';
const PORTAL_ADDRESSES = CATALOGUE.portal.ipv4.map((each) => `A ${each}`);
/** EDE 18 and its text, RFC 8914 section 2. */
const PROHIBITED = Buffer.concat([Buffer.from([0, 18]), Buffer.from('https://portal.vpn.example/')]);

describe.each(UDP_TRANSPORTS)('with UDP by %s:', (_, workers) => {
  let edge: TestEdge;
  let checking: TestEdge;
  let upstream: TestUpstream;
  beforeAll(async () => {
    upstream = await startUpstream();
    const free = { host: '127.0.0.1', port: 0 };
    const options = {
      workers,
      upstreams: [{ host: '127.0.0.1', port: upstream.port }],
      secure: { certificate: makeCertificate(), dot: free, doh: free },
    };
    edge = await startTestEdge(options);
    checking = await startTestEdge({ ...options, answersConnectivityChecks: true });
  });
  afterAll(async () => {
    await edge?.close();
    await checking?.close();
    await upstream?.close();
  });

  async function ask(
    of: TestEdge,
    source: string,
    transport: 'udp' | 'tcp' | 'dot' | 'doh',
    parts: QueryParts,
  ) {
    const message = query(parts);
    const { port, dotPort, dohPort } = of;
    if (transport === 'udp' || transport === 'tcp') {
      return decode(await askOnce({ port, source, transport }, message));
    }
    if (transport === 'dot') {
      const device = await dotDevice({ source, port: dotPort });
      return decode(await device.ask(message).finally(() => device.close()));
    }
    const device = await DohDevice.at({ source, port: dohPort });
    return decode((await device.post(message).finally(() => device.close())).body);
  }

  describe('a refusal', () => {
    const errors = (answer: Awaited<ReturnType<typeof ask>>) =>
      (answer.opt?.options ?? []).filter(({ code }) => code === 15).map(({ data }) => data);

    it.each(['tcp', 'dot', 'doh'] as const)('over %s names its reason and the portal', async (transport) => {
      const answer = await ask(edge, UNLISTED, transport, { name: 'www.stream.example', edns: {} });
      expect(answer.rcode).toBe('REFUSED');
      expect(errors(answer)).toEqual([PROHIBITED]);
    });

    it('has no options without EDNS', async () => {
      const answer = await ask(edge, UNLISTED, 'tcp', { name: 'www.stream.example' });
      expect(answer).toMatchObject({ rcode: 'REFUSED', opt: null });
    });

    it('over UDP names its reason only in as many bytes as the query has, and is never truncated for it', async () => {
      for (let padding = 0; padding < 50; padding++) {
        const edns = { options: ednsOption(12, Buffer.alloc(padding)) };
        const message = query({ name: 'www.stream.example', edns });
        const answer = await ask(edge, UNLISTED, 'udp', { name: 'www.stream.example', edns });
        expect(answer).toMatchObject({ rcode: 'REFUSED', flags: 'RD' });
        expect(answer.bytes.length).toBeLessThanOrEqual(message.length);
        expect(errors(answer)).toEqual(padding < PROHIBITED.length ? [] : [PROHIBITED]);
      }
      const bare = await ask(edge, UNLISTED, 'udp', { name: 'www.stream.example', edns: {} });
      expect(errors(bare)).toEqual([]);
    });

    it('is of the protocol for an allowed client, and has no such reason', async () => {
      const answer = await ask(edge, ALLOWED, 'tcp', { name: 'stream.example', type: TYPES.AXFR, edns: {} });
      expect(answer.rcode).toBe('REFUSED');
      expect(errors(answer)).toEqual([]);
    });
  });

  describe('a name by which devices look for the internet', () => {
    it.each(CONNECTIVITY_CHECKS)('is refused to unlisted clients when this is off: %s', async (name) => {
      expect((await ask(edge, UNLISTED, 'tcp', { name })).rcode).toBe('REFUSED');
    });

    it.each(CONNECTIVITY_CHECKS)(
      'leads unlisted clients to the portal for seconds when it is on: %s',
      async (name) => {
        for (const transport of ['tcp', 'dot', 'doh'] as const) {
          const answer = await ask(checking, UNLISTED, transport, { name: name.toUpperCase() });
          expect(answer).toMatchObject({
            rcode: 'NOERROR',
            flags: 'RD RA',
            answers: PORTAL_ADDRESSES,
            ttls: [5, 5],
          });
        }
        const ipv6 = await ask(checking, UNLISTED, 'tcp', { name, type: TYPES.AAAA });
        expect(ipv6).toMatchObject({ answers: ['AAAA 2001:db8::80'], ttls: [5] });
        const https = await ask(checking, UNLISTED, 'tcp', { name, type: TYPES.HTTPS });
        expect(https).toMatchObject({ rcode: 'NOERROR', answers: [], authority: [`SOA ${name} 5`] });
      },
    );

    it('is no longer than the query over UDP', async () => {
      const name = CONNECTIVITY_CHECKS[0]!;
      const answer = await ask(checking, UNLISTED, 'udp', { name });
      expect(answer).toMatchObject({ rcode: 'NOERROR', flags: 'TC RD RA', answers: [] });
    });

    it('leads allowed clients where it leads everybody', async () => {
      for (const name of CONNECTIVITY_CHECKS) {
        expect((await ask(checking, ALLOWED, 'udp', { name })).answers).toEqual(['A 192.0.2.53']);
      }
    });

    it('is no other name', async () => {
      for (const name of ['apple.com', 'www.apple.com', 'x.captive.apple.com', 'gstatic.com']) {
        expect((await ask(checking, UNLISTED, 'tcp', { name })).rcode).toBe('REFUSED');
      }
    });
  });
});

it('without an allowlist nobody is said to have another address', async () => {
  const edge = await startTestEdge({
    allowlist: AllowlistReplica.unknown(),
    answersConnectivityChecks: true,
  });
  const ask = async (name: string, type: number = TYPES.A) =>
    decode(await askOnce({ port: edge.port, source: ALLOWED, transport: 'tcp' }, query({ name, type })));
  expect((await ask(CONNECTIVITY_CHECKS[0]!)).rcode).toBe('SERVFAIL');
  const check = 'check.portal.vpn.example';
  expect((await ask(`x.ours.${check}`)).rcode).toBe('NOERROR');
  expect((await ask(`x.stale.${check}`)).rcode).toBe('NOERROR');
  expect((await ask(`x.listed.${check}`)).rcode).toBe('NXDOMAIN');
  expect((await ask(`status.${check}`, TYPES.TXT)).answers[0]).toContain('listed=unknown transport=tcp');
  await edge.close();
});
