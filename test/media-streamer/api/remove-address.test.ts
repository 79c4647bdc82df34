import { beforeAll, describe, expect, it } from 'vitest';
import { RegisterCurrentAddress, RemoveAddress, ViewerMediaStreamer } from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';

describe('removeAddress', () => {
  const gateway = useGateway({ config: { trustedProxies: ['127.0.0.1'] } });
  let token: string;
  beforeAll(async () => {
    token = await gateway.user();
  });

  const register = (from: string, as: string = token) =>
    gateway.ask(RegisterCurrentAddress, { input: {} }, { token: as, headers: { 'x-forwarded-for': from } });

  async function remove(address: string, as: string = token) {
    const { data } = await gateway.ask(RemoveAddress, { input: { address } }, { token: as });
    return data.removeAddress;
  }

  async function addresses(as: string = token): Promise<string[]> {
    const { data } = await gateway.ask(ViewerMediaStreamer, {}, { token: as });
    return data.viewer.mediaStreamer.addresses.map(({ address }) => address);
  }

  it.each([
    ['127.0.0.60', '127.0.0.60', '127.0.0.60'],
    ['2001:db8:1:2::7', '2001:db8:1:2::/64', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::7', '2001:db8:1:2::8', '2001:db8:1:2::/64'],
  ])('removes what %s registered, given as %s', async (from, given, removed) => {
    await register(from);
    expect(await remove(given)).toEqual({ removedAddress: removed, userErrors: [] });
    expect(await addresses()).toEqual([]);
  });

  it('leaves a shared address to the other account, and does not reveal that there is one', async () => {
    const other = await gateway.user();
    await register('127.0.0.61');
    await register('127.0.0.61', other);
    expect(await remove('127.0.0.61')).toEqual({ removedAddress: '127.0.0.61', userErrors: [] });
    expect(await addresses(other)).toEqual(['127.0.0.61']);
  });

  it('refuses what the account has not registered, although another has: ADDRESS_NOT_REGISTERED', async () => {
    const other = await gateway.user();
    await register('127.0.0.62');
    const payload = await remove('127.0.0.62', other);
    expect(payload.removedAddress).toBeNull();
    expect(errorsOf(payload)).toEqual([{ field: 'address', code: 'ADDRESS_NOT_REGISTERED' }]);
    expect(await addresses()).toEqual(['127.0.0.62']);
  });

  it('refuses what is no address: INVALID_ADDRESS', async () => {
    expect(errorsOf(await remove('the living room'))).toEqual([
      { field: 'address', code: 'INVALID_ADDRESS' },
    ]);
  });
});
