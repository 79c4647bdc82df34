import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  RegisterCurrentAddress,
  type RegisterCurrentAddressInput,
  UpdateAddress,
  type UpdateAddressInput,
} from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf } from '../../support/gateway.js';

describe('updateAddress', () => {
  const lastDay = dayFromNow(10);
  const registered = {
    address: '127.0.0.50',
    label: 'TV',
    region: { id: 'uk', name: 'United Kingdom' },
    lastDay,
  };
  const gateway = useGateway({ config: { trustedProxies: ['127.0.0.1'] } });
  let token: string;
  beforeAll(async () => {
    token = await gateway.user();
  });
  beforeEach(() => register('127.0.0.50', { label: 'TV', regionId: 'uk', lastDay }));

  async function register(from: string, input: RegisterCurrentAddressInput) {
    const headers = { 'x-forwarded-for': from };
    await gateway.ask(RegisterCurrentAddress, { input }, { token, headers });
  }

  async function update(input: UpdateAddressInput, as: string = token) {
    const { data, errors } = await gateway.ask(UpdateAddress, { input }, { token: as });
    expect(errors).toBeUndefined();
    return data.updateAddress;
  }

  it.each([
    ['the label', { label: 'Den' }, { label: 'Den' }],
    ['the region', { regionId: 'ca' }, { region: { id: 'ca', name: 'Canada' } }],
    ['the last day', { lastDay: dayFromNow(20) }, { lastDay: dayFromNow(20) }],
    ['the last day to none', { lastDay: null }, { lastDay: null }],
    ['nothing', {}, {}],
    ['nothing for null', { label: null, regionId: null }, {}],
  ])('changes %s and leaves the rest', async (_what, patch, changed) => {
    expect(await update({ address: '127.0.0.50', ...patch })).toEqual({
      registeredAddress: { ...registered, ...changed },
      userErrors: [],
    });
  });

  it('finds an IPv6 registration by its prefix and by any address in it', async () => {
    await register('2001:db8:1:2::7', { label: 'Flat' });
    for (const address of ['2001:db8:1:2::/64', '2001:db8:1:2:ffff::1']) {
      expect((await update({ address, label: 'Home' })).registeredAddress?.address).toBe('2001:db8:1:2::/64');
    }
  });

  it.each(['', 'home', '127.0.0.999', '127.0.0.50/24', '127.0.0.050'])(
    'refuses %j: INVALID_ADDRESS',
    async (address) => {
      expect(errorsOf(await update({ address }))).toEqual([{ field: 'address', code: 'INVALID_ADDRESS' }]);
    },
  );

  it('refuses what the account has not registered, although another has: ADDRESS_NOT_REGISTERED', async () => {
    const expected = [{ field: 'address', code: 'ADDRESS_NOT_REGISTERED' }];
    expect(errorsOf(await update({ address: '127.0.0.51', label: 'x' }))).toEqual(expected);
    const other = await gateway.user();
    expect(errorsOf(await update({ address: '127.0.0.50', label: 'mine now' }, other))).toEqual(expected);
    expect((await update({ address: '127.0.0.50' })).registeredAddress).toEqual(registered);
  });

  it('returns the errors of all fields together, and changes nothing then', async () => {
    const payload = await update({
      address: '127.0.0.50',
      label: 'x'.repeat(65),
      regionId: 'atlantis',
      lastDay: dayFromNow(-1),
    });
    expect(errorsOf(payload)).toEqual([
      { field: 'label', code: 'LABEL_TOO_LONG' },
      { field: 'regionId', code: 'UNKNOWN_REGION' },
      { field: 'lastDay', code: 'LAST_DAY_OUT_OF_RANGE' },
    ]);
    expect(errorsOf(await update({ address: '127.0.0.50', label: '\u0007' }))).toEqual([
      { field: 'label', code: 'INVALID_LABEL' },
    ]);
    expect((await update({ address: '127.0.0.50' })).registeredAddress).toEqual(registered);
  });
});
