import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { faults, startTestGateway, type TestGateway } from '../support/gateway.js';

const REMOVE = `mutation ($input: RemoveAllowedAddressInput!) {
  removeAllowedAddress(input: $input) { removed stillAllowed userErrors { field code } }
}`;
const ALLOW = 'mutation { allowAddress(input: { prefix: "127.0.0.70" }) { userErrors { code } } }';
const REGISTER = 'mutation { registerCurrentAddress(input: {}) { userErrors { code } } }';

describe('removeAllowedAddress', () => {
  const prefix = '127.0.0.70';
  let gateway: TestGateway;
  let token: string;
  let users: string[];
  beforeAll(async () => {
    gateway = await startTestGateway();
    token = await gateway.admin();
    users = [await gateway.user(), await gateway.user()];
  });
  afterAll(() => gateway?.stop());
  beforeEach(async () => {
    await gateway.call({ query: ALLOW, token });
    for (const user of users) await gateway.call({ query: REGISTER, token: user, source: prefix });
  });

  async function remove(input: object) {
    const { data } = await gateway.call({ query: REMOVE, variables: { input }, token });
    return data.removeAllowedAddress;
  }

  it('takes the entry off the admins’ list, and says that accounts still hold it', async () => {
    expect(await remove({ prefix })).toEqual({ removed: true, stillAllowed: true, userErrors: [] });
    expect(await remove({ prefix })).toEqual({ removed: false, stillAllowed: true, userErrors: [] });
  });

  it('takes the address from everybody when asked to', async () => {
    const input = { prefix, everyOwner: true };
    expect(await remove(input)).toEqual({ removed: true, stillAllowed: false, userErrors: [] });
    expect(await remove(input)).toEqual({ removed: false, stillAllowed: false, userErrors: [] });
    const query = '{ viewer { mediaStreamer { addresses { address } } } }';
    const { data } = await gateway.call({ query, token: users[0]! });
    expect(data.viewer.mediaStreamer.addresses).toEqual([]);
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
    expect(faults(await remove({ prefix: text }))).toEqual([{ field: 'prefix', code }]);
  });
});
