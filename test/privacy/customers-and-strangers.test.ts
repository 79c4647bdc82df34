// Nothing that anybody can do from outside shows whether an address is a customer's or a stranger's: each behaviour is driven for both, and the
// answers must be the same in status, header fields, cookies and bodies, up to and beyond its limits. Requests by right have
// tests of their own in test/rights, the time that it takes has bench/account.
import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import { someSource } from '../support/gateway.js';
import type { GraphqlRequest } from '../support/http/graphql-client.js';
import { freshFactor, makeSession, PASSWORD, type TestAccount } from '../support/people/account.js';
import { Authenticator } from '../support/people/authenticator.js';
import { linkToken } from '../support/people/links.js';
import { assertion, enrolPasskey } from '../support/people/second-factors.js';

const WRONG = 'not this one, surely';

describe('customers and strangers', () => {
  const gateway = useGateway();

  /** Everything that an answer shows, but for what is random or a clock. */
  const ask = async (request: GraphqlRequest) => {
    const { status, headers, data, errors } = await gateway.call(request);
    return { status, headers: { ...headers, date: '' }, data, errors };
  };
  type Seen = Awaited<ReturnType<typeof ask>>;
  const times = async (count: number, once: () => Promise<Seen>) => {
    const seen: Seen[] = [];
    for (let at = 0; at < count; at += 1) seen.push(await once());
    return seen;
  };
  /** Where the address itself stands in an answer, it is no difference. */
  const without = (email: string, seen: unknown) => JSON.stringify(seen).replaceAll(email, 'EMAIL');
  const input = (fields: Record<string, unknown>) => ({ variables: { input: fields } });

  const BEHAVIOURS: [string, number, (email: string) => Promise<unknown>][] = [
    [
      'signing up',
      7,
      (email) =>
        times(7, () =>
          ask({
            query:
              'mutation ($input: SignUpInput!) { signUp(input: $input) { userErrors { field code message } } }',
            ...input({ email, password: PASSWORD, country: 'DE', attestedAge: 18 }),
            source: someSource(),
          }),
        ),
    ],
    [
      'asking for a new password',
      7,
      (email) =>
        times(7, () =>
          ask({
            query:
              'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { userErrors { field code message } } }',
            ...input({ email }),
            source: someSource(),
          }),
        ),
    ],
    [
      'signing in with wrong passwords from one source',
      13,
      (email) => {
        const source = someSource();
        return times(13, () =>
          ask({
            query:
              'mutation ($input: SignInInput!) { signIn(input: $input) { session { account { id } token } challenge { token } userErrors { field code message } } }',
            ...input({ email, password: WRONG }),
            source,
          }),
        );
      },
    ],
    [
      'giving one’s own account the address',
      7,
      async (email) => {
        const { token, fresh: headers } = await gateway.account();
        const asked = await times(7, () =>
          ask({
            query:
              'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { userErrors { field code message } } }',
            ...input({ newEmail: email }),
            token,
            headers,
            source: someSource(),
          }),
        );
        const pending = 'emailChange { newEmail confirmedByCurrentEmail confirmedByNewEmail }';
        return [
          ...asked,
          await ask({ query: `{ viewer { ${pending} } }`, token }),
          await ask({ query: 'mutation { cancelEmailChange { cancelled userErrors { code } } }', token }),
        ];
      },
    ],
    [
      'another one’s asking for the address after all tries are used up',
      1,
      async (email) => {
        const request = (source: string) =>
          ask({
            query:
              'mutation ($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { userErrors { field code message } } }',
            ...input({ email: ` ${email.toUpperCase()} ` }),
            source,
          });
        await times(5, () => request(someSource()));
        return [await request(someSource())];
      },
    ],
  ];

  it.each(BEHAVIOURS)('are answered alike: %s', async (_what, count, behave) => {
    const customer = await gateway.account({ email: `c-${randomUUID()}@example.com` });
    const stranger = `s-${randomUUID()}@example.com`;
    const ofCustomer = without(customer.email, await behave(customer.email));
    const ofStranger = without(stranger, await behave(stranger));
    expect(ofStranger).toBe(ofCustomer);
    expect(JSON.parse(ofCustomer).length).toBeGreaterThanOrEqual(count);
  });

  it('reach the same limits when both are tried in turn', async () => {
    const customer = await gateway.account();
    const stranger = `${randomUUID().slice(0, 12)}@example.com`;
    const tryIn = (email: string, source: string) =>
      ask({
        query: 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }',
        ...input({ email, password: WRONG }),
        source,
      });
    const [here, there] = [someSource(), someSource()];
    for (let count = 0; count < 12; count += 1) {
      const [one, other] = [await tryIn(customer.email, here), await tryIn(stranger, there)];
      expect(other).toEqual(one);
    }
  });

  it('have unsubscribe links that look alike, those of accounts that are gone and those made up, too', async () => {
    const customer = await gateway.account();
    const tokens = [
      linkToken('unsubscribe-link', customer.id),
      linkToken('unsubscribe-link', randomUUID()),
      'A'.repeat(100),
    ];
    const pages = await Promise.all(
      tokens.map(async (token) => {
        const url = new URL(`/unsubscribe/${token}`, gateway.url);
        const body = new URLSearchParams({ 'List-Unsubscribe': 'One-Click' });
        const answers = [await fetch(url), await fetch(url, { method: 'POST', body })];
        return Promise.all(
          answers.map(async (answer) => [
            answer.status,
            [...answer.headers].filter(([name]) => name !== 'date'),
            (await answer.text()).replaceAll(token, 'TOKEN'),
          ]),
        );
      }),
    );
    expect(pages[1]).toEqual(pages[0]);
    expect(pages[2]).toEqual(pages[0]);
  });

  it('have links that are answered alike once they are used, and when there never was one', async () => {
    const used = await gateway.account();
    const id = randomUUID();
    await gateway.query(`INSERT INTO password_reset (id, email, expires_on) VALUES ($1, $2, '2099-01-01')`, [
      id,
      used.email,
    ]);
    const reset = (token: string) =>
      ask({
        query:
          'mutation ($input: ResetPasswordInput!) { resetPassword(input: $input) { userErrors { field code message } } }',
        ...input({ token, newPassword: 'another long enough passphrase' }),
      });
    expect((await reset(linkToken('password-reset-link', id))).data.resetPassword.userErrors).toEqual([]);
    const [again, never, ofNobody] = [
      await reset(linkToken('password-reset-link', id)),
      await reset(linkToken('password-reset-link', randomUUID())),
      await reset('made up'),
    ];
    expect(never).toEqual(again);
    expect(ofNobody).toEqual(again);
  });

  it('have passkeys that are refused alike: of an account that is closed, and of none', async () => {
    const customer = await gateway.account();
    const { authenticator } = await enrolPasskey(gateway, customer);
    const signIn = async (each: Authenticator) =>
      ask({
        query:
          'mutation ($input: SignInWithPasskeyInput!) { signInWithPasskey(input: $input) { session { account { id } token } userErrors { field code message } } }',
        ...input({ response: await assertion(gateway, each), delivery: 'BEARER' }),
      });
    expect((await signIn(authenticator)).data.signInWithPasskey.userErrors).toEqual([]);
    await close(customer);
    expect(await signIn(new Authenticator())).toEqual(await signIn(authenticator));
  });

  it('cannot be found by an id', async () => {
    const [customer, other] = [await gateway.account(), await gateway.account()];
    const node = async (id: string) =>
      without(
        id,
        await ask({
          query: 'query ($id: ID!) { node(id: $id) { id } }',
          variables: { id },
          token: other.token,
        }),
      );
    expect(await node(randomUUID())).toBe(await node(customer.id));
  });

  it('are the same again when an account is closed', async () => {
    const closed = await gateway.account();
    await close(closed);
    const signIn = (email: string) =>
      ask({
        query:
          'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { field code message } } }',
        ...input({ email, password: PASSWORD }),
        source: someSource(),
      });
    expect(await signIn(`${randomUUID().slice(0, 12)}@example.com`)).toEqual(await signIn(closed.email));
  });

  async function close(account: TestAccount): Promise<void> {
    const token = await makeSession(gateway.redis.url, account);
    const { data } = await gateway.call({
      query: 'mutation { closeAccount { userErrors { code } } }',
      token,
      headers: freshFactor(token),
    });
    expect(data.closeAccount.userErrors).toEqual([]);
  }
});
