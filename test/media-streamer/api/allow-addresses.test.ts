import { beforeAll, describe, expect, it } from 'vitest';
import { AllowAddresses, type AllowAddressInput, Allowlist } from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf } from '../../support/gateway.js';

describe('allowAddresses', () => {
  const gateway = useGateway({ config: { allowPrivateAddresses: false } });
  let token: string;
  beforeAll(async () => {
    token = await gateway.admin();
  });

  async function allow(entries: AllowAddressInput[]) {
    const { data, errors } = await gateway.ask(AllowAddresses, { input: { entries } }, { token });
    expect(errors).toBeUndefined();
    return data.allowAddresses;
  }

  async function total(): Promise<number> {
    const { data } = await gateway.ask(Allowlist, {}, { token });
    return data.allowlist.totalCount;
  }

  it('returns every error with its place, and allows nothing then', async () => {
    const payload = await allow([
      { prefix: '8.8.8.8' },
      { prefix: 'secret' },
      { prefix: '8.8.8.8/32' },
      { prefix: '9.9.9.9/8', regionId: 'atlantis' },
      { prefix: '192.168.0.1', lastDay: dayFromNow(-1) },
    ]);
    expect(errorsOf(payload)).toEqual([
      { field: 'entries.1.prefix', code: 'INVALID_PREFIX' },
      { field: 'entries.2.prefix', code: 'DUPLICATE_ENTRY' },
      { field: 'entries.3.prefix', code: 'HOST_BITS_SET' },
      { field: 'entries.3.regionId', code: 'UNKNOWN_REGION' },
      { field: 'entries.4.prefix', code: 'ADDRESS_NOT_PUBLIC' },
      { field: 'entries.4.lastDay', code: 'LAST_DAY_OUT_OF_RANGE' },
    ]);
    expect(payload).toMatchObject({ addedCount: null, replacedCount: null });
    expect(JSON.stringify(payload)).not.toContain('secret');
    expect(await total()).toBe(0);
  });

  it('allows a thousand at once, and returns how many were new', async () => {
    const entries = Array.from({ length: 1000 }, (_, index) => ({
      prefix: `2a00:${(index + 1).toString(16)}::/32`,
      regionId: 'us',
      lastDay: dayFromNow(1),
    }));
    expect(await allow(entries)).toEqual({ addedCount: 1000, replacedCount: 0, userErrors: [] });
    expect(await allow([...entries.slice(0, 2), { prefix: '8.8.8.8' }])).toEqual({
      addedCount: 1,
      replacedCount: 2,
      userErrors: [],
    });
    expect(await total()).toBe(1001);
  });

  it('refuses none and more than a thousand: TOO_MANY_ENTRIES', async () => {
    const many = Array.from({ length: 1001 }, () => ({ prefix: '8.8.8.8' }));
    for (const entries of [[], many]) {
      expect(errorsOf(await allow(entries))).toEqual([{ field: 'entries', code: 'TOO_MANY_ENTRIES' }]);
    }
  });
});
