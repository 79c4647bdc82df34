import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayFromNow, startTestGateway, type TestGateway } from '../support/gateway.js';
import { type RelayArguments, relayPage } from '../support/http/relay.js';
import { createCampaign } from '../support/people/campaign.js';
import { makeNode } from '../support/people/vpn-node.js';

interface List {
  /** The connection, with a place for its arguments, and a field that identifies its entries. */
  readonly call: (args: string) => string;
  readonly token: () => string;
  /** The identities of the entries, in the expected order. */
  readonly seed: () => Promise<readonly string[]>;
  readonly identity: (node: Record<string, string>) => string;
}

const PAGE = 'pageInfo { hasPreviousPage hasNextPage startCursor endCursor } totalCount';

describe('connections', () => {
  let gateway: TestGateway;
  let admin: string;
  let officer: string;
  let person: { id: string; token: string };
  const lists: Record<string, List> = {
    allowlist: {
      call: (args) => `allowlist${args} { edges { cursor node { prefix } } ${PAGE} }`,
      token: () => admin,
      identity: ({ prefix }) => prefix!,
      async seed() {
        const prefixes = ['192.0.2.1', '198.51.100.0/24', '2001:db8::/32', '2001:db8:1::1'];
        const entries = prefixes.toReversed().map((prefix) => ({ prefix }));
        const query =
          'mutation ($input: AllowAddressesInput!) { allowAddresses(input: $input) { userErrors { code } } }';
        const { data } = await gateway.call({ query, variables: { input: { entries } }, token: admin });
        expect(data.allowAddresses.userErrors).toEqual([]);
        return prefixes;
      },
    },
    rightsRequests: {
      call: (args) => `rightsRequests${args} { edges { cursor node { id } } ${PAGE} }`,
      token: () => officer,
      identity: ({ id }) => id!,
      async seed() {
        const ids = [1, 2, 3, 4].map(() => randomUUID());
        // The last one's clock stands still; two others came on different days, but are due on the same.
        const days = [
          ['2026-10-01', '2026-11-01'],
          ['2026-10-01', '2026-11-02'],
          ['2026-10-02', '2026-11-02'],
          ['2026-09-01', null],
        ];
        for (const [index, id] of ids.entries()) {
          await gateway.query(
            `INSERT INTO rights_request (id, kind, status, law, received_on, due_on)
             VALUES ($1, 'complaint', 'in-progress', 'gdpr', $2, $3)`,
            [id, ...days[index]!],
          );
        }
        return ids;
      },
    },
    campaigns: {
      call: (args) => `campaigns${args} { edges { cursor node { id } } ${PAGE} }`,
      token: () => admin,
      identity: ({ id }) => id!,
      async seed() {
        const ids = [];
        // A name comes before those that begin with it.
        for (const name of ['Regions', 'Regions 0', 'Ärgernisse', 'Zuletzt']) {
          const id = await createCampaign(gateway, admin);
          await gateway.query('UPDATE campaign SET name = $2 WHERE id = $1', [id, name]);
          ids.push(id);
        }
        const send = 'UPDATE campaign SET sent_on = $2 WHERE id = $1';
        await gateway.query(send, [ids[2], '2026-03-01']);
        await gateway.query(send, [ids[3], '2026-04-01']);
        return [ids[0]!, ids[1]!, ids[3]!, ids[2]!];
      },
    },
    vpnNodes: {
      call: (args) => `vpnNodes${args} { edges { cursor node { id name } } ${PAGE} }`,
      token: () => admin,
      identity: ({ name }) => name!,
      async seed() {
        const names = ['berlin-1', 'berlin-2', 'berlin-east', 'new-york-1'];
        for (const name of names.toReversed()) {
          const { id } = await makeNode(gateway);
          await gateway.query('UPDATE vpn_node SET name = $2 WHERE id = $1', [id, name]);
        }
        return names;
      },
    },
    'viewer.staffAccessLog': {
      call: (args) =>
        `viewer { staffAccessLog${args} { edges { cursor node { accessedOn reason } } ${PAGE} } }`,
      token: () => person.token,
      identity: ({ accessedOn, reason }) => `${accessedOn} ${reason}`,
      async seed() {
        const looks = [
          [dayFromNow(0), 'app-problem'],
          [dayFromNow(0), 'slow-connection'],
          [dayFromNow(-1), 'app-problem'],
          [dayFromNow(-400), 'data-volume'],
        ];
        for (const [day, reason] of looks) {
          await gateway.query(
            `INSERT INTO staff_access (id, account_id, day, reason, case_reference)
             VALUES (gen_random_uuid(), $1, $2, $3, 'A-1')`,
            [person.id, day, reason],
          );
        }
        return looks.map(([day, reason]) => `${day} ${reason!.toUpperCase().replace('-', '_')}`);
      },
    },
  };
  const names = Object.keys(lists);
  const expected: Record<string, readonly string[]> = {};

  beforeAll(async () => {
    gateway = await startTestGateway();
    admin = await gateway.admin();
    officer = await gateway.dpo();
    person = await gateway.account();
    for (const [name, { seed }] of Object.entries(lists)) expected[name] = await seed();
  });
  afterAll(() => gateway?.stop());

  function written(args: object): string {
    const given = Object.entries(args).filter(([, value]) => value !== undefined);
    if (given.length === 0) return '';
    return `(${given.map(([name, value]) => `${name}: ${JSON.stringify(value)}`).join(', ')})`;
  }
  function ask(name: string, args: object = {}) {
    const { call, token } = lists[name]!;
    return gateway.call({ query: `{ ${call(written(args))} }`, token: token() });
  }
  async function page(name: string, args: object = {}) {
    const { data, errors } = await ask(name, args);
    expect(errors).toBeUndefined();
    return (data.viewer ?? data)[name.replace('viewer.', '')];
  }
  const cursorsOf = (list: { edges: { cursor: string }[] }) => list.edges.map(({ cursor }) => cursor);

  it.each(names)('%s has its documented order', async (name) => {
    const { edges, pageInfo, totalCount } = await page(name);
    expect(edges.map(({ node }: { node: Record<string, string> }) => lists[name]!.identity(node))).toEqual(
      expected[name],
    );
    expect(totalCount).toBe(4);
    expect(pageInfo).toEqual({
      hasPreviousPage: false,
      hasNextPage: false,
      startCursor: edges[0].cursor,
      endCursor: edges[3].cursor,
    });
  });

  it.each(names)('%s returns each page as the specification defines it', async (name) => {
    const all = cursorsOf(await page(name));
    const places = [undefined, ...all];
    const counts = [{}, ...[1, 2, 3, 4, 5].flatMap((count) => [{ first: count }, { last: count }])];
    for (const after of places) {
      for (const before of places) {
        for (const count of counts) {
          const args = { ...count, ...(after && { after }), ...(before && { before }) } as RelayArguments;
          const { pageInfo, totalCount, ...list } = await page(name, args);
          const { cursors, ...info } = relayPage(all, 'last' in args ? args : { first: 20, ...args });
          expect({ args, cursors: cursorsOf(list), ...pageInfo }).toEqual({
            args,
            cursors,
            ...info,
            startCursor: cursors[0] ?? null,
            endCursor: cursors.at(-1) ?? null,
          });
          expect(totalCount).toBe(4);
        }
      }
    }
  });

  it.each(
    names.flatMap((name) => [
      [name, 'a page of none', { first: 0 }, 'first must be from 1 to 100.'] as const,
      [name, 'a page of 101', { first: 101 }, 'first must be from 1 to 100.'] as const,
      [name, 'a last page of none', { last: 0 }, 'last must be from 1 to 100.'] as const,
      [name, 'less than none', { last: -1 }, 'last must be from 1 to 100.'] as const,
      [name, 'a last page of 101', { last: 101 }, 'last must be from 1 to 100.'] as const,
      [name, 'both', { first: 1, last: 1 }, 'Give either first or last.'] as const,
      [name, 'no cursor', { after: 'secret' }, 'after must be a cursor of this list.'] as const,
      [name, 'an empty cursor', { after: '' }, 'after must be a cursor of this list.'] as const,
      [name, 'no cursor before', { before: 'secret' }, 'before must be a cursor of this list.'] as const,
    ]),
  )('%s refuses %s: BAD_USER_INPUT', async (name, _what, args, message) => {
    const { errors } = await ask(name, args);
    expect(errors).toMatchObject([{ message, extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it.each(names)(
    '%s refuses the cursors of other lists, and those with what no text may hold',
    async (name) => {
      const [own] = cursorsOf(await page(name));
      const others = await Promise.all(names.filter((each) => each !== name).map((each) => page(each)));
      const decoded = Buffer.from(own!, 'base64url');
      const broken = [Buffer.from([0]), Buffer.from([0xff])].map((byte) =>
        Buffer.concat([decoded, byte]).toString('base64url'),
      );
      for (const after of [...others.map((other) => cursorsOf(other)[0]), ...broken, 'A'.repeat(2000)]) {
        const { errors } = await ask(name, { after });
        expect(errors).toMatchObject([{ message: 'after must be a cursor of this list.' }]);
      }
    },
  );

  it('continue from the position of an entry that has been removed', async () => {
    const cursors = cursorsOf(await page('rightsRequests'));
    const [first, second, third] = expected.rightsRequests!;
    await gateway.query(
      `UPDATE rights_request SET status = 'denied', closed_on = '2026-11-01' WHERE id = $1`,
      [second],
    );
    const ids = async (args: object) =>
      (await page('rightsRequests', args)).edges.map(({ node }: { node: { id: string } }) => node.id);
    expect(await ids({ first: 1, after: cursors[1] })).toEqual([third]);
    expect(await ids({ last: 1, before: cursors[1] })).toEqual([first]);
    await gateway.query(`UPDATE rights_request SET status = 'in-progress', closed_on = NULL WHERE id = $1`, [
      second,
    ]);
  });

  it('have 20 entries by default', async () => {
    const { id, token } = await gateway.account();
    await gateway.query(
      `INSERT INTO staff_access (id, account_id, day, reason, case_reference)
       SELECT gen_random_uuid(), $1, CURRENT_DATE, 'app-problem', 'A-' || number FROM generate_series(1, 25) AS number`,
      [id],
    );
    const query = `{ viewer { staffAccessLog { edges { cursor } ${PAGE} } } }`;
    const { staffAccessLog } = (await gateway.call({ query, token })).data.viewer;
    expect(staffAccessLog.edges).toHaveLength(20);
    expect(staffAccessLog).toMatchObject({ totalCount: 25, pageInfo: { hasNextPage: true } });
  });
});
