import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { errorsOf, startTestGateway, type TestGateway } from '../support/gateway.js';

const CURRENT = '{ viewer { mediaStreamer { currentAddresses { address } } } }';
const RESET = `mutation ($email: String!) {
  requestPasswordReset(input: { email: $email }) { userErrors { field code } }
}`;

describe('the source address of a request', () => {
  let gateway: TestGateway;
  let token: string;
  beforeAll(async () => {
    gateway = await startTestGateway({
      config: { trustedProxies: ['127.0.0.1', '10.0.0.0/8', '2001:db8::/32'] },
    });
    token = await gateway.user();
  });
  afterAll(() => gateway?.stop());

  const from = (address: string) => ({ 'x-forwarded-for': address });

  it.each([
    ['an address', '8.8.4.5', '8.8.4.5'],
    ['an address and a port', '8.8.4.5:4711', '8.8.4.5'],
    ['an IPv6 address', '2001:db9::5', '2001:db9::/64'],
    ['an IPv6 address and a port', '[2001:db9::5]:4711', '2001:db9::/64'],
    ['an IPv6 address in brackets', '[2001:db9::5]', '2001:db9::/64'],
    ['an IPv4-mapped address and a port', '[::ffff:8.8.4.5]:4711', '8.8.4.5'],
    ['a trusted proxy behind another', '8.8.4.5, 10.1.2.3', '8.8.4.5'],
    ['a trusted proxy with its port behind another', '8.8.4.5:99, 10.1.2.3:4711', '8.8.4.5'],
    ['a trusted proxy over IPv6', '8.8.4.5, [2001:db8::7]:4711', '8.8.4.5'],
    ['what somebody claims behind an untrusted one', '1.1.1.1, 8.8.4.5', '8.8.4.5'],
    ['no address', 'unknown', null],
    ['a port that is none', '8.8.4.5:471100', null],
    ['two addresses without a comma', '8.8.4.5 8.8.4.6', null],
  ])('is the one that a trusted proxy states: %s', async (_what, forwarded, address) => {
    const { data } = await gateway.call({ query: CURRENT, token, headers: from(forwarded) });
    expect(data.viewer.mediaStreamer.currentAddresses).toEqual(address === null ? [] : [{ address }]);
  });

  it('counts as one source for all requests where it cannot be determined, so that no limit is skipped', async () => {
    const ask = async (index: number) => {
      const variables = { email: `${index}@example.com` };
      const { data } = await gateway.call({ query: RESET, variables, headers: from(`proxy-${index}`) });
      return errorsOf(data.requestPasswordReset);
    };
    for (let index = 0; index < 20; index += 1) expect(await ask(index)).toEqual([]);
    expect(await ask(20)).toEqual([{ field: null, code: 'TOO_MANY_ATTEMPTS' }]);
  });

  it('that cannot be determined is logged once, without the header of the proxy', () => {
    const lines = gateway.log.filter((line) => line.includes('source.unknown'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0]!)).toEqual({
      time: expect.any(String),
      level: 'warn',
      process: 'gateway',
      event: 'source.unknown',
      part: 'http',
    });
  });
});
