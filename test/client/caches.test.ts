import { ApolloClient, ApolloLink, HttpLink, InMemoryCache } from '@apollo/client';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import { Client, cacheExchange, type Exchange, fetchExchange, subscriptionExchange } from '@urql/core';
import { cacheExchange as graphcache } from '@urql/exchange-graphcache';
import { persistedExchange } from '@urql/exchange-persisted';
import { createClient } from 'graphql-ws';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { keys, typePolicies } from '../../client/cache.js';
import {
  NetworksChanged,
  sha256HashOf,
  UpdateProfile,
  ViewerAccount,
  ViewerMediaStreamer,
} from '../../client/generated/documents.js';
import { RegisterNetwork } from '../../client/index.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import type { TestAccount } from '../support/people/account.js';

describe('a gateway in production', () => {
  let gateway: TestGateway;
  let anna: TestAccount;
  /** The bodies that were sent. */
  let sent: { query?: string; extensions?: object }[];
  const warnings = [vi.spyOn(console, 'warn'), vi.spyOn(console, 'error')];
  const fetchFor =
    (token: string): typeof fetch =>
    async (input, init) => {
      sent.push(JSON.parse(String(init?.body)));
      return fetch(input, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } });
    };
  beforeAll(async () => {
    gateway = await startTestGateway({ config: { production: true, openOperations: false } });
  });
  beforeEach(async () => {
    anna = await gateway.account();
    sent = [];
  });
  afterEach(() => {
    for (const warning of warnings) expect(warning.mock.calls).toEqual([]);
  });
  afterAll(() => gateway?.stop());

  const byId = new PersistedQueryLink({ generateHash: async (document) => sha256HashOf(document) });
  const apollo = (...links: ApolloLink[]) =>
    new ApolloClient({
      link: ApolloLink.from([...links, new HttpLink({ uri: gateway.url, fetch: fetchFor(anna.token) })]),
      cache: new InMemoryCache({ typePolicies }),
    });

  it.each([
    ['texts', [], true],
    ['ids', [byId], false],
  ])(
    'serves Apollo Client by %s, whose cache keeps what two queries ask of the viewer',
    async (_what, links, texts) => {
      const client = apollo(...links);
      const first = await client.query({ query: ViewerAccount });
      expect(first.data?.viewer.account.email).toBe(anna.email);
      await client.query({ query: ViewerMediaStreamer });
      const kept = await client.query({ query: ViewerAccount, fetchPolicy: 'cache-only' });
      expect(kept.data?.viewer.account.email).toBe(anna.email);

      const input = { version: 1, name: 'Ada' };
      await client.mutate({ mutation: UpdateProfile, variables: { input } });
      expect(client.readQuery({ query: ViewerAccount })?.viewer.account.name).toBe('Ada');
      expect(sent.map(({ query }) => query !== undefined)).toEqual([texts, texts, texts]);
    },
  );

  const names = persistedExchange({
    enforcePersistedQueries: true,
    enableForMutation: true,
    enableForSubscriptions: true,
    preferGetForPersistedQueries: false,
    generateHash: async (_text, document) => sha256HashOf(document),
  });
  const urql = (...exchanges: Exchange[]) =>
    new Client({
      url: gateway.url,
      exchanges: [...exchanges, names, fetchExchange],
      fetch: fetchFor(anna.token),
      preferGetMethod: false,
    });

  it.each([
    ['document cache', () => cacheExchange],
    ['Graphcache', () => graphcache({ keys })],
  ])('serves urql by ids, with its %s', async (_what, cache) => {
    const client = urql(cache());
    const first = await client.query(ViewerAccount, {}).toPromise();
    expect(first.error).toBeUndefined();
    expect(first.data?.viewer.account.email).toBe(anna.email);
    await client.query(ViewerMediaStreamer, {}).toPromise();
    const kept = await client.query(ViewerAccount, {}, { requestPolicy: 'cache-only' }).toPromise();
    expect(kept.data?.viewer.account.email).toBe(anna.email);

    const changed = await client.mutation(UpdateProfile, { input: { version: 1, name: 'Ada' } }).toPromise();
    expect(changed.data?.updateProfile.userErrors).toEqual([]);
    const now = await client.query(ViewerAccount, {}).toPromise();
    expect(now.data?.viewer.account.name).toBe('Ada');
    expect(sent.map(({ query }) => query)).toEqual(sent.map(() => undefined));
  });

  it("serves urql's subscriptions by ids, over graphql-ws", async () => {
    const socket = createClient({
      url: gateway.url.replace('http', 'ws'),
      connectionParams: { authorization: `Bearer ${anna.token}` },
    });
    const live = subscriptionExchange({
      forwardSubscription: ({ query = '', variables, extensions }) => ({
        subscribe: (sink) => ({
          unsubscribe: socket.subscribe({ query, variables, extensions } as { query: string }, sink as never),
        }),
      }),
    });
    const client = new Client({ url: gateway.url, exchanges: [names, live], preferGetMethod: false });
    const result = Promise.withResolvers<unknown>();
    const { unsubscribe } = client.subscription(NetworksChanged, {}).subscribe(result.resolve);
    await expect.poll(isWatched).toBe(true);
    await gateway.client({ token: anna.token }).request(RegisterNetwork, { input: { name: 'console' } });
    expect(await result.promise).toMatchObject({ data: { networksChanged: [{ name: 'console' }] } });
    unsubscribe();
    await expect.poll(isWatched).toBe(false);
    await socket.dispose();
  });

  async function isWatched(): Promise<boolean> {
    const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    return metrics.includes('gateway_subscriptions 1');
  }
});

describe('a document of the package', () => {
  it('has the id of its text, and no other document has one', () => {
    expect(ViewerAccount.documentId).toBe(`sha256:${sha256HashOf(ViewerAccount)}`);
    expect(() => sha256HashOf({ kind: 'Document', definitions: [] })).toThrow(
      'This document is none of @cyberspacevpn/client/documents.',
    );
  });
});
