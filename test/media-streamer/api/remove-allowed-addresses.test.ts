import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  AllowAddresses,
  Allowlist,
  RegisterNetwork,
  RemoveAllowedAddresses,
  type RemoveAllowedAddressesInput,
} from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';

describe('removeAllowedAddresses', () => {
  const gateway = useGateway();
  let token: string;
  let user: string;
  beforeAll(async () => {
    token = await gateway.admin();
    user = await gateway.user();
  });
  beforeEach(async () => {
    const entries = [
      { prefix: '127.0.0.70', label: ' partners, May ' },
      { prefix: '127.0.0.71', label: 'partners, May' },
      { prefix: '127.0.0.72' },
    ];
    await gateway.ask(AllowAddresses, { input: { entries } }, { token });
    await gateway.ask(RegisterNetwork, { input: { name: 'Home' } }, { token: user, source: '127.0.0.70' });
  });

  async function remove(input: RemoveAllowedAddressesInput) {
    const { data } = await gateway.ask(RemoveAllowedAddresses, { input }, { token });
    return data.removeAllowedAddresses;
  }

  async function listed() {
    const { data } = await gateway.ask(Allowlist, {}, { token });
    return data.allowlist.edges.map(({ node: { prefix, allowedByAdmin, label } }) => [
      prefix,
      allowedByAdmin,
      label,
    ]);
  }

  it('takes off all entries that came with one label, and leaves those of accounts', async () => {
    expect(await listed()).toEqual([
      ['127.0.0.70', true, 'partners, May'],
      ['127.0.0.71', true, 'partners, May'],
      ['127.0.0.72', true, null],
    ]);
    expect(await remove({ label: 'partners, May' })).toEqual({ removedCount: 2, userErrors: [] });
    expect(await listed()).toEqual([
      ['127.0.0.70', false, null],
      ['127.0.0.72', true, null],
    ]);
    expect(await remove({ label: 'partners, May' })).toEqual({ removedCount: 0, userErrors: [] });
  });

  it('takes off the prefixes that it names, as far as they are the admins’', async () => {
    const prefixes = ['127.0.0.71', '127.0.0.72/32', '127.0.0.99'];
    expect(await remove({ prefixes })).toEqual({ removedCount: 2, userErrors: [] });
    expect(await listed()).toEqual([['127.0.0.70', true, 'partners, May']]);
  });

  it.each<[string, RemoveAllowedAddressesInput, { field: string | null; code: string }[]]>([
    ['no prefix', { prefixes: [] }, [{ field: 'prefixes', code: 'TOO_MANY_ENTRIES' }]],
    [
      'too many',
      { prefixes: Array.from({ length: 1001 }, () => '127.0.0.70') },
      [{ field: 'prefixes', code: 'TOO_MANY_ENTRIES' }],
    ],
    [
      'what is no prefix',
      { prefixes: ['127.0.0.70', 'x', '127.0.0.70/8'] },
      [
        { field: 'prefixes.1', code: 'INVALID_PREFIX' },
        { field: 'prefixes.2', code: 'HOST_BITS_SET' },
      ],
    ],
    ['a label that is too long', { label: 'x'.repeat(65) }, [{ field: 'label', code: 'LABEL_TOO_LONG' }]],
  ])('refuses %s, and removes nothing', async (_case, input, expected) => {
    expect(errorsOf(await remove(input))).toEqual(expected);
    expect(await listed()).toHaveLength(3);
  });

  it.each([
    ['neither', {}],
    ['both', { prefixes: ['127.0.0.70'], label: 'x' }],
  ])('requires either prefixes or a label: %s is BAD_USER_INPUT', async (_case, input) => {
    const { text: query } = RemoveAllowedAddresses;
    const { errors } = await gateway.call({ query, variables: { input }, token });
    expect(errors?.[0]?.extensions?.code).toBe('BAD_USER_INPUT');
    expect(await listed()).toHaveLength(3);
  });
});
