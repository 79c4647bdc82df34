import { beforeAll, describe, expect, it } from 'vitest';
import {
  RegisterCurrentAddress,
  type RegisterCurrentAddressInput,
  RemoveAddress,
  ViewerMediaStreamer,
} from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf, startTestGateway } from '../../support/gateway.js';

describe('registerCurrentAddress', () => {
  const gateway = useGateway({ config: { trustedProxies: ['127.0.0.1'] } });
  let token: string;
  beforeAll(async () => {
    token = await gateway.user();
  });

  async function register(
    input: RegisterCurrentAddressInput,
    more: { source?: string; token?: string; from?: string } = {},
  ) {
    const sender = {
      token: more.token ?? token,
      source: more.source ?? '127.0.0.40',
      headers: more.from === undefined ? {} : { 'x-forwarded-for': more.from },
    };
    const { data, errors } = await gateway.ask(RegisterCurrentAddress, { input }, sender);
    expect(errors).toBeUndefined();
    return data.registerCurrentAddress;
  }

  it('registers the address that the request comes from', async () => {
    const lastDay = dayFromNow(30);
    expect(await register({ label: ' Living room ', regionId: 'uk', lastDay })).toEqual({
      registeredAddress: {
        address: '127.0.0.40',
        label: 'Living room',
        region: { id: 'uk', name: 'United Kingdom' },
        lastDay,
      },
      userErrors: [],
    });
  });

  it('changes what was said of it before, and takes the default region and no last day', async () => {
    await register({});
    const { data } = await gateway.ask(ViewerMediaStreamer, {}, { token });
    expect(data.viewer.mediaStreamer.addresses).toEqual([
      { address: '127.0.0.40', label: '', region: { id: 'us', name: 'United States' }, lastDay: null },
    ]);
  });

  it('shows the region that devices really get, which somebody else at the address may have chosen', async () => {
    const other = await gateway.user();
    const seen = async (asked: string, source: string) => {
      const { data } = await gateway.ask(ViewerMediaStreamer, {}, { token: asked, source });
      const { addresses, currentRegion } = data.viewer.mediaStreamer;
      const chosen = addresses.find(({ address }) => address === '127.0.0.44')?.region.id;
      return { chosen, here: currentRegion?.id ?? null };
    };
    await register({ regionId: 'us' }, { source: '127.0.0.44' });
    expect(await seen(token, '127.0.0.44')).toEqual({ chosen: 'us', here: 'us' });
    // The other one sees nothing before they have registered the address.
    expect(await seen(other, '127.0.0.44')).toEqual({ chosen: undefined, here: null });
    await register({ regionId: 'uk' }, { source: '127.0.0.44', token: other });
    expect(await seen(token, '127.0.0.44')).toEqual({ chosen: 'us', here: 'uk' });
    expect(await seen(other, '127.0.0.44')).toEqual({ chosen: 'uk', here: 'uk' });
    // Who has left an address learns nothing of those who are there now.
    expect(await seen(token, '127.0.0.45')).toEqual({ chosen: 'us', here: null });
    // Who is there can choose again.
    await register({ regionId: 'us' }, { source: '127.0.0.44' });
    expect(await seen(other, '127.0.0.44')).toEqual({ chosen: 'uk', here: 'us' });
    await gateway.ask(RemoveAddress, { input: { address: '127.0.0.44' } }, { token });
    await gateway.ask(RemoveAddress, { input: { address: '127.0.0.44' } }, { token: other });
  });

  it('registers the /64 of an IPv6 client, in canonical form', async () => {
    const { registeredAddress } = await register({}, { source: '127.0.0.1', from: '2001:DB8:0:7::1' });
    expect(registeredAddress?.address).toBe('2001:db8:0:7::/64');
  });

  it.each([
    ['65 characters', 'é'.repeat(65), 'LABEL_TOO_LONG'],
    ['a payment card number', 'Card 4242 4242 4242 4242', 'CARD_NUMBER'],
    ['a line break', 'a\nb', 'INVALID_LABEL'],
    ['a control character', 'a\u0007b', 'INVALID_LABEL'],
    ['half a surrogate pair', 'a\ud800b', 'INVALID_LABEL'],
  ])('refuses a label with %s: %s → %s', async (_what, label, code) => {
    expect(errorsOf(await register({ label }))).toEqual([{ field: 'label', code }]);
  });

  it('counts the characters of a label, not their bytes', async () => {
    expect((await register({ label: '📺'.repeat(64) })).userErrors).toEqual([]);
  });

  it('refuses a region that does not exist: UNKNOWN_REGION', async () => {
    expect(errorsOf(await register({ regionId: 'atlantis' }))).toEqual([
      { field: 'regionId', code: 'UNKNOWN_REGION' },
    ]);
  });

  it('refuses a last day that is over, or more than five years away: LAST_DAY_OUT_OF_RANGE', async () => {
    for (const lastDay of [dayFromNow(-1), dayFromNow(5 * 366 + 1)]) {
      expect(errorsOf(await register({ lastDay }))).toEqual([
        { field: 'lastDay', code: 'LAST_DAY_OUT_OF_RANGE' },
      ]);
    }
    expect((await register({ lastDay: dayFromNow(0) })).userErrors).toEqual([]);
    expect((await register({ lastDay: dayFromNow(5 * 365) })).userErrors).toEqual([]);
  });

  it('refuses when the source address is not known: ADDRESS_UNKNOWN', async () => {
    const payload = await register({}, { source: '127.0.0.1', from: 'unknown' });
    expect(errorsOf(payload)).toEqual([{ field: null, code: 'ADDRESS_UNKNOWN' }]);
  });

  it('refuses a sixth address: ADDRESS_LIMIT_REACHED; one that is registered may still be changed', async () => {
    const other = await gateway.user();
    for (const host of [1, 2, 3, 4, 5]) {
      const payload = await register({}, { source: `127.0.1.${host}`, token: other });
      expect(payload.userErrors).toEqual([]);
    }
    const sixth = await register({}, { source: '127.0.1.6', token: other });
    expect(sixth.registeredAddress).toBeNull();
    expect(errorsOf(sixth)).toEqual([{ field: null, code: 'ADDRESS_LIMIT_REACHED' }]);
    const again = await register({ label: 'Den' }, { source: '127.0.1.5', token: other });
    expect(again.userErrors).toEqual([]);
  });

  it('holds the limit against requests at the same time', async () => {
    const other = await gateway.user();
    const hosts = Array.from({ length: 12 }, (_, index) => `127.0.2.${index + 1}`);
    const payloads = await Promise.all(hosts.map((source) => register({}, { source, token: other })));
    expect(payloads.filter(({ userErrors }) => userErrors.length === 0)).toHaveLength(5);
  });

  it('refuses an address that the public internet cannot reach, as a product in production is set: ADDRESS_NOT_PUBLIC', async () => {
    const strict = await startTestGateway({
      config: { allowPrivateAddresses: false, trustedProxies: ['127.0.0.1'] },
    });
    try {
      const other = await strict.user();
      const from = (address: string) =>
        strict.ask(
          RegisterCurrentAddress,
          { input: {} },
          { token: other, headers: { 'x-forwarded-for': address } },
        );
      for (const address of ['10.0.0.1', '100.64.0.1', '192.0.2.1', 'fe80::1', '2001:db8::1']) {
        const { data } = await from(address);
        expect(errorsOf(data.registerCurrentAddress)).toEqual([{ field: null, code: 'ADDRESS_NOT_PUBLIC' }]);
      }
      expect((await from('8.8.8.8')).data.registerCurrentAddress.userErrors).toEqual([]);
    } finally {
      await strict.stop();
    }
  });
});
