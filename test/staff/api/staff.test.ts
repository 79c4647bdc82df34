import { beforeAll, describe, expect, it } from 'vitest';
import {
  AssignRightsRequest,
  CloseAccount,
  ReleaseRightsRequest,
  RemoveStaff,
  RightsRequests,
  Staff,
  SubmitRightsRequest,
  TakeRightsRequest,
} from '../../../client/generated/operations.js';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import type { TestAccount } from '../../support/people/account.js';

const VIEWER = '{ viewer { account { role } } }';

const gateway = useGateway();
let admin: TestAccount;
beforeAll(async () => {
  admin = await gateway.account({ role: 'admin', email: 'admin@example.com' });
});

const sender = ({ token, fresh: headers }: TestAccount) => ({ token, headers });
const staff = async (by: TestAccount, role?: 'SUPPORT' | 'DPO' | 'ADMIN') => {
  const { data } = await gateway.ask(Staff, role === undefined ? {} : { role }, sender(by));
  return data.staff.edges.map(({ node }) => node);
};
const remove = async (account: string, close = false, by = admin) =>
  (await gateway.ask(RemoveStaff, { input: { account, closeAccount: close } }, sender(by))).data.removeStaff;

/** A complaint that the officer has taken; its id. */
async function takenBy(officer: TestAccount): Promise<string> {
  const input = { kind: 'COMPLAINT', statement: 'Too many mails.' } as const;
  const { data } = await gateway.ask(SubmitRightsRequest, { input }, sender(await gateway.account()));
  const { id } = data.submitRightsRequest.rightsRequest!;
  await gateway.ask(TakeRightsRequest, { input: { id } }, sender(officer));
  return id;
}
const holders = async (by: TestAccount) => {
  const { data } = await gateway.ask(RightsRequests, { first: 100 }, sender(by));
  return new Map(data.rightsRequests.edges.map(({ node, takenBy }) => [node.id, takenBy?.email ?? null]));
};

describe('staff', () => {
  it('lists who runs the product, by e-mail address, with what they have taken; and no customer', async () => {
    const [dpo] = await Promise.all([
      gateway.account({ role: 'dpo', email: 'officer@example.com' }),
      gateway.account({ role: 'support', email: 'support@example.com' }),
      gateway.account({ email: 'customer@example.com' }),
    ]);
    await takenBy(dpo);
    const all = await staff(admin);
    expect(all.map(({ email }) => email)).toEqual([
      'admin@example.com',
      'officer@example.com',
      'support@example.com',
    ]);
    expect(all[1]).toEqual({
      accountId: dpo.id,
      email: 'officer@example.com',
      role: 'DPO',
      secondFactorEnabled: false,
      openRightsRequests: 1,
    });
    expect((await staff(dpo, 'SUPPORT')).map(({ role }) => role)).toEqual(['SUPPORT']);
  });
});

describe('removeStaff', () => {
  it('ends the sessions at once, frees what was taken, and leaves the account to a customer', async () => {
    const [leaver, colleague] = [
      await gateway.account({ role: 'dpo' }),
      await gateway.account({ role: 'dpo' }),
    ];
    const id = await takenBy(leaver);
    expect(await remove(leaver.email.toUpperCase())).toEqual({ userErrors: [] });
    const ended = await gateway.call({ query: VIEWER, token: leaver.token });
    expect(ended.errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    expect((await holders(colleague)).get(id)).toBeNull();
    const rows = await gateway.query('SELECT role FROM account WHERE id = $1', [leaver.id]);
    expect(rows).toEqual([{ role: 'user' }]);
    expect(errorsOf(await remove(leaver.id))).toEqual([{ field: 'account', code: 'NOT_STAFF' }]);
  });

  it('closes the account, too, when that is asked for', async () => {
    const leaver = await gateway.account({ role: 'support' });
    expect(await remove(leaver.id, true)).toEqual({ userErrors: [] });
    expect(await gateway.query('SELECT FROM account WHERE id = $1', [leaver.id])).toEqual([]);
  });

  it('keeps the only admin: LAST_ADMIN, also when they close their own account', async () => {
    const last = [{ field: null, code: 'LAST_ADMIN' }];
    expect(errorsOf(await remove(admin.id))).toEqual(last);
    const { data } = await gateway.ask(CloseAccount, {}, sender(admin));
    expect(errorsOf(data.closeAccount)).toEqual(last);
    expect((await gateway.call({ query: VIEWER, token: admin.token })).data.viewer.account.role).toBe(
      'ADMIN',
    );
    const second = await gateway.account({ role: 'admin' });
    const closed = await gateway.ask(CloseAccount, {}, sender(second));
    expect(closed.data.closeAccount.userErrors).toEqual([]);
  });

  it.each(['nobody@example.com', '00000000-0000-4000-8000-000000000000', ''])(
    'refuses %j: UNKNOWN_ACCOUNT',
    async (account) => {
      expect(errorsOf(await remove(account))).toEqual([{ field: 'account', code: 'UNKNOWN_ACCOUNT' }]);
    },
  );
});

describe('a request that an officer has taken', () => {
  const release = async (id: string, by: TestAccount) =>
    (await gateway.ask(ReleaseRightsRequest, { input: { id } }, sender(by))).data.releaseRightsRequest;
  const assign = async (id: string, officerId: string, currentOfficerId: string | null, by: TestAccount) => {
    const variables = { input: { id, officerId, currentOfficerId } };
    return (await gateway.ask(AssignRightsRequest, variables, sender(by))).data.assignRightsRequest;
  };

  it('is released by them alone, and can be taken again', async () => {
    const [one, two] = [await gateway.account({ role: 'dpo' }), await gateway.account({ role: 'dpo' })];
    const id = await takenBy(one);
    expect(errorsOf(await release(id, two))).toEqual([{ field: null, code: 'REQUEST_NOT_TAKEN' }]);
    expect((await release(id, one)).userErrors).toEqual([]);
    const { data } = await gateway.ask(TakeRightsRequest, { input: { id } }, sender(two));
    expect(data.takeRightsRequest.userErrors).toEqual([]);
    expect((await holders(one)).get(id)).toBe(two.email);
  });

  it('is handed over from an officer who is away; of two at once, the second sees the change', async () => {
    const [away, one, two] = await Promise.all([1, 2, 3].map(() => gateway.account({ role: 'dpo' })));
    const id = await takenBy(away!);
    const outcomes = await Promise.all([
      assign(id, one!.id, away!.id, one!),
      assign(id, two!.id, away!.id, two!),
    ]);
    expect(outcomes.flatMap(errorsOf)).toEqual([{ field: 'currentOfficerId', code: 'CONFLICT' }]);
    expect(errorsOf(await release(id, away!))).toEqual([{ field: null, code: 'REQUEST_NOT_TAKEN' }]);
  });

  it.each(['support', 'admin', 'user'] as const)(
    'is not handed over to an account of the role %s: UNKNOWN_OFFICER',
    async (role) => {
      const [one, other] = [await gateway.account({ role: 'dpo' }), await gateway.account({ role })];
      const id = await takenBy(one);
      expect(errorsOf(await assign(id, other.id, one.id, one))).toEqual([
        { field: 'officerId', code: 'UNKNOWN_OFFICER' },
      ]);
      expect(errorsOf(await assign(id, 'nobody', one.id, one))).toEqual([
        { field: 'officerId', code: 'UNKNOWN_OFFICER' },
      ]);
    },
  );
});

describe('FORBIDDEN', () => {
  it.each([
    [
      '{ heavyUsers(month: "2026-01") { accountId } }',
      'admin',
      'This requires an account with the role support.',
    ],
    ['{ staff { totalCount } }', 'support', 'This requires an account with the role admin or dpo.'],
    ['{ rightsRequests { totalCount } }', 'user', 'This requires an account with the role dpo.'],
  ] as const)('of %s names the role, to a %s', async (query, role, message) => {
    const { errors } = await gateway.call({ query, token: await gateway[role]() });
    expect(errors?.[0]).toMatchObject({ message, extensions: { code: 'FORBIDDEN' } });
  });
});
