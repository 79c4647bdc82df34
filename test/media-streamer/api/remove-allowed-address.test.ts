import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AllowAddress,
  RegisterNetwork,
  RemoveAllowedAddress,
  type RemoveAllowedAddressInput,
  ViewerMediaStreamer,
} from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';

describe('removeAllowedAddress', () => {
  const prefix = '127.0.0.70';
  const gateway = useGateway();
  let token: string;
  let users: string[];
  beforeAll(async () => {
    token = await gateway.admin();
  });
  beforeEach(async () => {
    users = [await gateway.user(), await gateway.user()];
    await gateway.ask(AllowAddress, { input: { prefix } }, { token });
    for (const user of users) {
      await gateway.ask(RegisterNetwork, { input: { name: 'Home' } }, { token: user, source: prefix });
    }
  });

  async function remove(input: RemoveAllowedAddressInput) {
    const { data } = await gateway.ask(RemoveAllowedAddress, { input }, { token });
    return data.removeAllowedAddress;
  }

  it('takes the entry off the admins’ list, and says that networks still have it', async () => {
    expect(await remove({ prefix })).toEqual({ removed: true, stillAllowed: true, userErrors: [] });
    expect(await remove({ prefix })).toEqual({ removed: false, stillAllowed: true, userErrors: [] });
  });

  it('takes the address from every network when asked to, and the networks stay', async () => {
    const input = { prefix, includeNetworks: true };
    expect(await remove(input)).toEqual({ removed: true, stillAllowed: false, userErrors: [] });
    expect(await remove(input)).toEqual({ removed: false, stillAllowed: false, userErrors: [] });
    const { data } = await gateway.ask(ViewerMediaStreamer, {}, { token: users[0]! });
    expect(data.viewer.mediaStreamer.networks[0]).toMatchObject({ name: 'Home', addresses: [] });
  });

  it('says that nothing was removed when nothing is listed', async () => {
    expect(await remove({ prefix: '127.0.0.71' })).toEqual({
      removed: false,
      stillAllowed: false,
      userErrors: [],
    });
  });

  it.each([
    ['the living room', 'INVALID_PREFIX'],
    ['127.0.0.70/8', 'HOST_BITS_SET'],
  ])('refuses %j: %s', async (text, code) => {
    expect(errorsOf(await remove({ prefix: text }))).toEqual([{ field: 'prefix', code }]);
  });
});
