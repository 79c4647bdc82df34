import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startGateway } from '../../../src/app/gateway.js';
import { buildOpenSchema } from '../../../src/resolvers/build-schema.js';
import { createLogger } from '../../../src/runtime/log.js';
import { someSource, startTestGateway, type TestGateway } from '../../support/gateway.js';
import { graphql } from '../../support/http/graphql-client.js';
import { type LiveRequest, type Transport, type Watching, watch } from '../../support/http/live-client.js';
import { Ways } from '../../support/network/fault-proxy.js';
import { PASSWORD, type TestAccount } from '../../support/people/account.js';

const ADDRESSES =
  'subscription { networksChanged { id addresses { address } name region { id } serviceRegions { service { id } region { id } } } }';
const REQUESTS = 'subscription ($id: ID) { rightsRequestChanged(id: $id) { id kind status } }';
const REGISTER =
  'mutation ($name: String!) { registerNetwork(input: { name: $name }) { network { id } userErrors { code } } }';
const SUBMIT =
  'mutation { submitRightsRequest(input: { kind: PORTABILITY }) { rightsRequest { id } userErrors { code } } }';
const WITHDRAW = 'mutation ($id: ID!) { withdrawRightsRequest(input: { id: $id }) { userErrors { code } } }';

const TRANSPORTS: readonly Transport[] = ['websocket', 'stream'];

describe('live updates', () => {
  let gateway: TestGateway;
  let anna: TestAccount;
  const watching: Watching[] = [];
  const ways = new Ways();

  beforeAll(async () => {
    gateway = await startTestGateway({ through: ways.through });
    anna = await gateway.account();
  });
  afterEach(async () => {
    for (const each of watching.splice(0)) await each.stop();
  });
  afterAll(async () => {
    await gateway?.stop();
    ways.close();
  });

  /** Begins to watch, and resolves when the gateway listens. */
  async function begin(transport: Transport, request: LiveRequest): Promise<Watching> {
    const before = await subscriptions();
    const begun = watch(gateway.url, transport, request);
    watching.push(begun);
    await expect.poll(subscriptions).toBe(before + 1);
    return begun;
  }

  async function subscriptions(): Promise<number> {
    const text = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    return Number(/^gateway_subscriptions (\d+)$/m.exec(text)?.[1]);
  }

  /** A result that comes, or done. */
  function refused(transport: Transport, request: LiveRequest) {
    const begun = watch(gateway.url, transport, request);
    watching.push(begun);
    return begun.next();
  }

  describe.each(TRANSPORTS)('over %s', (transport) => {
    it('report networks that are registered, changed and removed, only to their owner', async () => {
      const [bert, source] = [await gateway.account(), someSource()];
      const mine = await begin(transport, { query: ADDRESSES, token: bert.token });
      await gateway.call({ query: REGISTER, variables: { name: 'hers' }, token: anna.token, source });
      await gateway.call({ query: REGISTER, variables: { name: 'his' }, token: bert.token, source });
      const [network] = (await mine.next()).value.data.networksChanged;
      expect(network).toMatchObject({ addresses: [{ address: source }], name: 'his', serviceRegions: [] });
      const update =
        'mutation ($input: UpdateNetworkInput!) { updateNetwork(input: $input) { userErrors { code } } }';
      const input = { networkId: network.id, serviceRegions: [{ serviceId: 'netflix', regionId: 'ca' }] };
      await gateway.call({ query: update, variables: { input }, token: bert.token });
      expect((await mine.next()).value.data.networksChanged).toMatchObject([
        { serviceRegions: [{ service: { id: 'netflix' }, region: { id: 'ca' } }] },
      ]);
      const remove =
        'mutation ($id: ID!) { removeNetwork(input: { networkId: $id }) { userErrors { code } } }';
      await gateway.call({ query: remove, variables: { id: network.id }, token: bert.token });
      expect((await mine.next()).value.data.networksChanged).toEqual([]);
    });

    it('report networks from which an admin has removed an address', async () => {
      const [bert, source] = [await gateway.account(), someSource()];
      await gateway.call({ query: REGISTER, variables: { name: 'Home' }, token: bert.token, source });
      const mine = await begin(transport, { query: ADDRESSES, token: bert.token });
      const take = `mutation { removeAllowedAddress(input: { prefix: "${source}", includeNetworks: true }) { removed } }`;
      await gateway.call({ query: take, token: await gateway.admin() });
      expect((await mine.next()).value.data.networksChanged).toMatchObject([{ addresses: [] }]);
    });

    it('report changed rights requests, all or a single one', async () => {
      const bert = await gateway.account();
      const all = await begin(transport, { query: REQUESTS, token: bert.token });
      const submitted = await gateway.call({ query: SUBMIT, token: bert.token, headers: bert.fresh });
      const { id } = submitted.data.submitRightsRequest.rightsRequest;
      expect((await all.next()).value.data.rightsRequestChanged).toMatchObject({ id, kind: 'PORTABILITY' });
      const one = await begin(transport, { query: REQUESTS, variables: { id }, token: bert.token });
      const other = await begin(transport, {
        query: REQUESTS,
        variables: { id: anna.id },
        token: bert.token,
      });
      const withdrawn = await gateway.call({ query: WITHDRAW, variables: { id }, token: bert.token });
      expect(withdrawn.errors).toBeUndefined();
      expect((await one.next()).value.data.rightsRequestChanged).toMatchObject({ id, status: 'WITHDRAWN' });
      expect((await all.next()).value.data.rightsRequestChanged).toMatchObject({ id, status: 'WITHDRAWN' });
      await gateway.call({ query: 'mutation { signOut { userErrors { code } } }', token: bert.token });
      expect((await other.next()).done).toBe(true);
    });

    it.each([
      ['signing out', 'mutation { signOut { userErrors { code } } }', false],
      ['signing out everywhere', 'mutation { signOutEverywhere { userErrors { code } } }', false],
      ['closing the account', 'mutation { closeAccount { userErrors { code } } }', true],
    ])('end with the session: %s', async (_what, query, fresh) => {
      const bert = await gateway.account();
      const mine = await begin(transport, { query: ADDRESSES, token: bert.token });
      const { errors } = await gateway.call({
        query,
        token: bert.token,
        ...(fresh && { headers: bert.fresh }),
      });
      expect(errors).toBeUndefined();
      expect((await mine.next()).done).toBe(true);
      await expect.poll(subscriptions).toBe(0);
    });

    it('continue in a session that stays after a password change', async () => {
      const [bert, source] = [await gateway.account(), someSource()];
      const mine = await begin(transport, { query: ADDRESSES, token: bert.token });
      const change =
        'mutation ($input: ChangePasswordInput!) { changePassword(input: $input) { userErrors { code } } }';
      const input = { currentPassword: PASSWORD, newPassword: 'another long enough passphrase' };
      await gateway.call({ query: change, variables: { input }, token: bert.token, headers: bert.fresh });
      await gateway.call({ query: REGISTER, variables: { name: 'still' }, token: bert.token, source });
      expect((await mine.next()).value.data.networksChanged).toMatchObject([{ name: 'still' }]);
    });

    it('are for signed-in users', async () => {
      expect(Object.keys(buildOpenSchema().getSubscriptionType()!.getFields())).toEqual([
        'networksChanged',
        'rightsRequestChanged',
      ]);
      for (const role of ['user', 'support', 'dpo', 'admin'] as const) {
        const token = await gateway[role]();
        for (const query of [ADDRESSES, REQUESTS]) await begin(transport, { query, token });
      }
    });

    it.each([
      ['nobody', undefined],
      ['a token that is none', 'x'.repeat(43)],
    ])('are refused to %s before anything is watched', async (_what, token) => {
      for (const query of [ADDRESSES, REQUESTS]) {
        const outcome = await refused(transport, { query, ...(token !== undefined && { token }) }).then(
          ({ value }) => value.errors,
          ({ code }) => code,
        );
        // A socket is not even kept open.
        if (transport === 'websocket') expect(outcome).toBe(4401);
        else expect(outcome).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
      }
      expect(await subscriptions()).toBe(0);
    });

    it('are limited to twenty for each account', async () => {
      const bert = await gateway.account();
      for (let count = 0; count < 20; count += 1)
        await begin(transport, { query: ADDRESSES, token: bert.token });
      const { value } = await refused(transport, { query: ADDRESSES, token: bert.token });
      expect(value.errors).toMatchObject([{ extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } }]);
    });
  });

  it.each([
    ['a query', '{ __typename }', 'BAD_USER_INPUT'],
    ['a mutation', 'mutation { signOut { userErrors { code } } }', 'BAD_USER_INPUT'],
    ['a document that cannot be read', 'subscription { secretx', 'GRAPHQL_PARSE_FAILED'],
    ['a field that there is not', 'subscription { secretx }', 'GRAPHQL_VALIDATION_FAILED'],
    [
      'two fields at once',
      'subscription { networksChanged { name } rightsRequestChanged { id } }',
      'GRAPHQL_VALIDATION_FAILED',
    ],
    [
      'too much',
      `subscription { networksChanged { ${Array.from({ length: 31 }, (_, n) => `a${n}: name`).join(' ')} } }`,
      'OPERATION_TOO_LARGE',
    ],
  ])('accept only subscriptions within the limits: %s is refused', async (_what, query, code) => {
    for (const transport of TRANSPORTS) {
      const outcome = await refused(transport, { query, token: anna.token }).catch(async (error) => ({
        // A stream is refused with an answer of HTTP, a socket with a message.
        value: error.response === undefined ? { errors: error } : await error.response.json(),
      }));
      expect(outcome.value.errors).toMatchObject([{ extensions: { code } }]);
    }
  });

  it('are distinguished from requests over HTTP', async () => {
    for (const _time of ['first', 'second']) {
      const { errors } = await gateway.call({ query: ADDRESSES, token: anna.token });
      expect(errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
    }
  });

  it('also come from another gateway', async () => {
    const [bert, source] = [await gateway.account(), someSource()];
    const mine = await begin('websocket', { query: ADDRESSES, token: bert.token });
    const other = await startGateway(
      gateway.config,
      createLogger('gateway', () => {}),
    );
    const url = `http://127.0.0.1:${other.port}/graphql`;
    await graphql(url, { query: REGISTER, variables: { name: 'there' }, token: bert.token, source });
    expect((await mine.next()).value.data.networksChanged).toMatchObject([{ name: 'there' }]);
    await other.stop();
  });

  it('report what happened while a store was unreachable', async () => {
    const bert = await gateway.account();
    const requests = await begin('websocket', { query: REQUESTS, token: bert.token });
    for (const way of ways.all) {
      await way.cut();
      await way.mend();
    }
    await expect
      .poll(
        async () => (await gateway.call({ query: SUBMIT, token: bert.token, headers: bert.fresh })).errors,
        {
          timeout: 10_000,
        },
      )
      .toBeUndefined();
    expect((await requests.next()).value.data.rightsRequestChanged).toMatchObject({ kind: 'PORTABILITY' });
  });

  it('over a WebSocket with a cookie are only for the portal’s pages', async () => {
    const cookie = `__Host-session=${anna.token}`;
    const foreign = watch(gateway.url, 'websocket', {
      query: ADDRESSES,
      headers: { cookie, origin: 'https://elsewhere.example' },
    });
    await expect(foreign.next()).rejects.toMatchObject({ code: 4403 });
    const mine = await begin('websocket', {
      query: ADDRESSES,
      headers: { cookie, origin: 'https://portal.cyberspacevpn.example' },
    });
    const source = someSource();
    await gateway.call({ query: REGISTER, variables: { name: 'cookie' }, token: anna.token, source });
    expect((await mine.next()).value.data.networksChanged).toContainEqual(
      expect.objectContaining({ name: 'cookie' }),
    );
  });

  it('end when the gateway stops, without delaying it', async () => {
    const stopped = await startTestGateway();
    const { token } = await stopped.account();
    const [socket, stream] = TRANSPORTS.map((transport) =>
      watch(stopped.url, transport, { query: ADDRESSES, token }),
    );
    const results = Promise.allSettled([socket!.next(), stream!.next()]);
    const count = async () =>
      (await (await fetch(`${stopped.metricsUrl}/metrics`)).text()).includes('gateway_subscriptions 2');
    await expect.poll(count).toBe(true);
    await stopped.stop();
    const [socketEnd, streamEnd] = await results;
    // RFC 6455 section 7.4.1: the server is going away.
    expect(socketEnd).toMatchObject({ status: 'rejected', reason: { code: 1001 } });
    expect(streamEnd).toMatchObject({ status: 'fulfilled', value: { done: true } });
  });

  it('leave no address, token or id in the log', () => {
    expect(gateway.log.join('')).not.toMatch(new RegExp(`${anna.token}|${anna.id}|127\\.\\d+\\.\\d+\\.\\d+`));
  });
});
