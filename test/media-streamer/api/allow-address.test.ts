import { beforeAll, describe, expect, it } from 'vitest';
import { AllowAddress, type AllowAddressInput, Allowlist } from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf } from '../../support/gateway.js';

describe('allowAddress', () => {
  const gateway = useGateway({ config: { allowPrivateAddresses: false } });
  let token: string;
  beforeAll(async () => {
    token = await gateway.admin();
  });

  async function allow(input: AllowAddressInput) {
    const { data, errors } = await gateway.ask(AllowAddress, { input }, { token });
    expect(errors).toBeUndefined();
    return data.allowAddress;
  }

  async function listed(search: string) {
    const { data } = await gateway.ask(Allowlist, { search }, { token });
    return data.allowlist.edges.map(({ node }) => node);
  }

  it.each([
    ['8.8.8.8', '8.8.8.8'],
    ['8.8.4.4/32', '8.8.4.4'],
    ['9.9.9.0/24', '9.9.9.0/24'],
    [' 2A00:1450::/32 ', '2a00:1450::/32'],
  ])('allows %j as %s', async (prefix, canonical) => {
    const lastDay = dayFromNow(7);
    expect(await allow({ prefix, regionId: 'ca', lastDay })).toEqual({ prefix: canonical, userErrors: [] });
    expect(await listed(canonical)).toEqual([
      {
        prefix: canonical,
        region: { id: 'ca', name: 'Canada' },
        families: [canonical.includes(':') ? 'IPV6' : 'IPV4'],
        owners: 1,
        allowedByAdmin: true,
        lastDay,
        label: null,
      },
    ]);
  });

  it('changes one that an admin allowed before, with an automatic region and no last day when none is given', async () => {
    await allow({ prefix: '1.1.1.1', regionId: 'ca', lastDay: dayFromNow(7) });
    await allow({ prefix: '1.1.1.1' });
    expect(await listed('1.1.1.1')).toEqual([
      {
        prefix: '1.1.1.1',
        region: null,
        families: ['IPV4'],
        owners: 1,
        allowedByAdmin: true,
        lastDay: null,
        label: null,
      },
    ]);
  });

  it('takes the families of an office that has both, and those of the prefix otherwise', async () => {
    const families = async (input: Partial<AllowAddressInput>) => {
      expect((await allow({ prefix: '1.1.1.2', ...input })).userErrors).toEqual([]);
      return (await listed('1.1.1.2'))[0]?.families;
    };
    expect(await families({ families: ['IPV6', 'IPV4'] })).toEqual(['IPV4', 'IPV6']);
    expect(await families({ families: ['IPV6'] })).toEqual(['IPV6']);
    expect(await families({})).toEqual(['IPV4']);
    expect(await families({ families: null })).toEqual(['IPV4']);
  });

  it.each([
    [{ prefix: '8.8.8.8', families: [] }, 'families', 'TEXT_REQUIRED'],
    [{ prefix: '8.8.8.8', families: ['IPV4', 'IPV4'] }, 'families', 'DUPLICATE_FAMILY'],
    [{ prefix: 'everything' }, 'prefix', 'INVALID_PREFIX'],
    [{ prefix: '8.8.8.8/33' }, 'prefix', 'INVALID_PREFIX'],
    [{ prefix: '8.8.8.8/24' }, 'prefix', 'HOST_BITS_SET'],
    [{ prefix: '10.1.2.3' }, 'prefix', 'ADDRESS_NOT_PUBLIC'],
    [{ prefix: '0.0.0.0/0' }, 'prefix', 'ADDRESS_NOT_PUBLIC'],
    [{ prefix: '2001:db8::/48' }, 'prefix', 'ADDRESS_NOT_PUBLIC'],
    [{ prefix: '8.8.8.8', regionId: 'atlantis' }, 'regionId', 'UNKNOWN_REGION'],
    [{ prefix: '8.8.8.8', lastDay: dayFromNow(-1) }, 'lastDay', 'LAST_DAY_OUT_OF_RANGE'],
  ] satisfies [AllowAddressInput, string, string][])('refuses %j: %s %s', async (input, field, code) => {
    const payload = await allow(input);
    expect(payload.prefix).toBeNull();
    expect(errorsOf(payload)).toEqual([{ field, code }]);
  });
});
