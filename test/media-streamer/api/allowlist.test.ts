import { beforeAll, describe, expect, it } from 'vitest';
import {
  AllowAddresses,
  Allowlist,
  type AllowlistQueryVariables,
  RegisterNetwork,
} from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow } from '../../support/gateway.js';

describe('allowlist', () => {
  const sorted = [
    '127.0.3.0/24',
    '127.0.3.7',
    '192.0.2.1',
    '198.51.100.0/24',
    '2001:db8::/32',
    '2001:db8:1::/48',
  ];
  const gateway = useGateway();
  let token: string;
  beforeAll(async () => {
    token = await gateway.admin();
    const entries = sorted.toReversed().map((prefix) => ({ prefix, regionId: 'uk' }));
    await gateway.ask(AllowAddresses, { input: { entries } }, { token });
    const input = { name: 'Home', regionId: 'ca', lastDay: dayFromNow(3) };
    const user = await gateway.user();
    await gateway.ask(RegisterNetwork, { input }, { token: user, source: '127.0.3.7' });
  });

  async function list(variables: AllowlistQueryVariables = {}) {
    const { data, errors } = await gateway.ask(Allowlist, variables, { token });
    expect(errors).toBeUndefined();
    return data.allowlist;
  }
  const prefixes = (page: { edges: readonly { node: { prefix: string } }[] }) =>
    page.edges.map(({ node }) => node.prefix);

  it('shows every entry, sorted by address, IPv4 first', async () => {
    const page = await list();
    expect(prefixes(page)).toEqual(sorted);
    expect(page.totalCount).toBe(6);
    expect(page.pageInfo).toEqual({
      hasNextPage: false,
      hasPreviousPage: false,
      startCursor: page.edges[0]!.cursor,
      endCursor: page.edges[5]!.cursor,
    });
  });

  it('shows what all owners of an address say together, and not who they are', async () => {
    const { edges } = await list({ search: '127.0.3.0/24' });
    expect(edges.map(({ node }) => node)).toEqual([
      {
        prefix: '127.0.3.0/24',
        region: { id: 'uk', name: 'United Kingdom' },
        families: ['IPV4'],
        owners: 1,
        allowedByAdmin: true,
        lastDay: null,
        label: null,
      },
      {
        prefix: '127.0.3.7',
        region: { id: 'ca', name: 'Canada' },
        families: ['IPV4'],
        owners: 2,
        allowedByAdmin: true,
        lastDay: null,
        label: null,
      },
    ]);
  });

  it('goes through pages of any size without losing or repeating an entry', async () => {
    for (const first of [1, 2, 4, 6]) {
      const seen: string[] = [];
      let after: string | null = null;
      for (;;) {
        const page: Awaited<ReturnType<typeof list>> = await list({ first, after });
        seen.push(...prefixes(page));
        expect(page.pageInfo.hasPreviousPage).toBe(after !== null);
        expect(page.totalCount).toBe(6);
        if (!page.pageInfo.hasNextPage) break;
        after = page.pageInfo.endCursor;
      }
      expect(seen).toEqual(sorted);
    }
  });

  it.each([
    ['127.0.3.7', ['127.0.3.7']],
    ['127.0.3.0/24', ['127.0.3.0/24', '127.0.3.7']],
    ['0.0.0.0/0', sorted.slice(0, 4)],
    ['2001:DB8:1::/48', ['2001:db8:1::/48']],
    ['203.0.113.0/24', []],
  ])('finds what lies inside %s', async (search, expected) => {
    const page = await list({ search });
    expect(prefixes(page)).toEqual(expected);
    expect(page.totalCount).toBe(expected.length);
  });

  it('has no cursors on an empty page', async () => {
    const { pageInfo } = await list({ search: '203.0.113.0/24' });
    expect(pageInfo).toMatchObject({ startCursor: null, endCursor: null, hasNextPage: false });
  });

  it.each([
    ['a page of none', { first: 0 }, 'first must be from 1 to 100.'],
    ['a page of 101', { first: 101 }, 'first must be from 1 to 100.'],
    [
      'a search for no address',
      { search: 'secret' },
      'search must be an IP address or a prefix in CIDR notation.',
    ],
    [
      'a search with host bits',
      { search: '192.0.2.1/24' },
      'search must be an IP address or a prefix in CIDR notation.',
    ],
    ['a cursor from elsewhere', { after: 'secret' }, 'after must be a cursor of this list.'],
  ])('refuses %s: BAD_USER_INPUT', async (_what, variables, message) => {
    const { errors } = await gateway.ask(Allowlist, variables, { token });
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });
});
