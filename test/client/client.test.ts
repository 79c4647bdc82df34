import { hash } from 'node:crypto';
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  isObjectType,
  Kind,
  parse,
  type SelectionSetNode,
  specifiedRules,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as operations from '../../client/index.js';
import {
  GatewayClient,
  GatewayError,
  NetworksChanged,
  Policy,
  RegisterNetwork,
  StartTotp,
  StepUp,
  SubmitRightsRequest,
  UpdateProfile,
  ViewerAccount,
  ViewerUsage,
} from '../../client/index.js';
import { exceededLimit } from '../../src/graphql/documents/operation-limits.js';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';
import { read } from '../repo/source-files.js';
import { useGateway } from '../support/fixtures.js';
import { dayFromNow } from '../support/gateway.js';
import { PASSWORD } from '../support/people/account.js';

const manifest = JSON.parse(read('client/operations.json')) as Record<string, string>;
const schema = buildOpenSchema();

describe('the client', () => {
  const gateway = useGateway({ config: { production: true, openOperations: false } });

  it('asks for what it is typed to get, by the ids of operations', async () => {
    const { token, email } = await gateway.account();
    const client = gateway.client({ token });
    const { viewer } = await client.request(ViewerAccount);
    expect(viewer.account).toMatchObject({ email, role: 'USER', name: null, version: 1 });
    const input = { version: viewer.account.version, name: 'Ada' };
    const { updateProfile } = await client.request(UpdateProfile, { input });
    expect(updateProfile).toMatchObject({ account: { name: 'Ada', version: 2 }, userErrors: [] });
    const usage = await client.request(ViewerUsage, {
      days: { from: dayFromNow(-2), to: dayFromNow(-1) },
    });
    expect(usage.viewer.usage.byDay.map(({ connected }) => connected)).toEqual([false, false]);
  });

  it('does not compile with variables that do not fit', async () => {
    const client = gateway.client();
    // @ts-expect-error: the input is missing.
    await expect(client.request(UpdateProfile)).rejects.toThrow(GatewayError);
    // @ts-expect-error: a version is a number.
    await expect(client.request(UpdateProfile, { input: { version: '1' } })).rejects.toThrow(GatewayError);
    const { policy } = await client.request(Policy, {});
    // @ts-expect-error: there may be no such version.
    expect(policy.version).toEqual(expect.any(String));
  });

  it('rejects with the codes of what the gateway refuses', async () => {
    const refused = gateway.client().request(ViewerAccount);
    await expect(refused).rejects.toMatchObject({ name: 'GatewayError', codes: ['UNAUTHENTICATED'] });
  });

  it.each([
    ['a page', 502, '<h1>Bad gateway</h1>'],
    ['JSON that is no object', 200, 'null'],
    ['neither data nor errors', 200, '{}'],
  ])('rejects with a code when what answers is no gateway, but %s', async (_what, status, text) => {
    const client = new GatewayClient({ url: gateway.url, fetch: async () => new Response(text, { status }) });
    const refused = { name: 'GatewayError', status, codes: ['INVALID_ANSWER'] };
    await expect(client.request(ViewerAccount)).rejects.toMatchObject(refused);
  });

  async function stepUpToken(token: string): Promise<string | null> {
    const input = { password: PASSWORD };
    return (await gateway.client({ token }).request(StepUp, { input })).stepUp.stepUpToken;
  }
  const STEP_UP_REQUIRED = { codes: ['STEP_UP_REQUIRED'] };

  it('asks for a factor when a request needs one, once for all that wait for it, and repeats them', async () => {
    const { token } = await gateway.account();
    const onStepUpRequired = vi.fn(() => stepUpToken(token));
    const client = gateway.client({ token, onStepUpRequired });
    await Promise.all([client.request(StartTotp), client.request(StartTotp)]);
    await client.request(StartTotp);
    expect(onStepUpRequired).toHaveBeenCalledTimes(1);
    client.setStepUpToken('of an hour ago');
    await client.request(StartTotp);
    expect(onStepUpRequired).toHaveBeenCalledTimes(2);
    await expect(client.request(ViewerAccount, {}, { token: null })).rejects.toMatchObject({
      codes: ['UNAUTHENTICATED'],
    });
    expect(onStepUpRequired).toHaveBeenCalledTimes(2);
  });

  it('rejects with the refusal when the person shows no factor', async () => {
    const { token } = await gateway.account();
    const client = gateway.client({ token, onStepUpRequired: async () => null });
    await expect(client.request(StartTotp)).rejects.toMatchObject(STEP_UP_REQUIRED);
    const failing = gateway.client({ token, onStepUpRequired: () => Promise.reject(new Error('closed')) });
    await expect(failing.request(StartTotp)).rejects.toThrow('closed');
    await expect(failing.request(StartTotp)).rejects.toThrow('closed');
  });

  it('takes tokens for one request, and for those from now on', async () => {
    const [anna, ben] = await Promise.all([gateway.account(), gateway.account()]);
    const client = gateway.client({ token: anna.token });
    const emailOf = async (options = {}) =>
      (await client.request(ViewerAccount, {}, options)).viewer.account.email;
    expect(await emailOf({ token: ben.token })).toBe(ben.email);
    expect(await emailOf()).toBe(anna.email);
    const fresh = await stepUpToken(anna.token);
    await client.request(StartTotp, {}, { stepUpToken: fresh });
    await expect(client.request(StartTotp)).rejects.toMatchObject(STEP_UP_REQUIRED);
    client.setStepUpToken(fresh);
    await client.request(StartTotp);
    client.setToken(ben.token);
    expect(await emailOf()).toBe(ben.email);
    await expect(client.request(StartTotp)).rejects.toMatchObject(STEP_UP_REQUIRED);
  });

  it('uploads the documents of a rights request with its reference, and rejects with the code of a refusal', async () => {
    const client = gateway.client();
    const agent = { name: 'Data Helpers', email: 'desk@agents.example' };
    const input = { kind: 'ACCESS', email: 'anna@example.com', agent } as const;
    const { submitRightsRequest } = await client.request(SubmitRightsRequest, { input });
    const reference = submitRightsRequest.reference!;
    const pdf = new Blob(['%PDF-1.7\n%%EOF\n']);
    await client.uploadRightsDocument('permission', reference, pdf);
    await client.uploadRightsDocument('evidence', reference, await pdf.arrayBuffer());
    const kinds = await gateway.query('SELECT kind FROM rights_request_document ORDER BY kind');
    expect(kinds).toEqual([{ kind: 'evidence' }, { kind: 'permission' }]);
    await expect(client.uploadRightsDocument('evidence', 'x', pdf)).rejects.toMatchObject({
      status: 401,
      codes: ['UNKNOWN_REQUEST'],
    });
    await expect(client.uploadRightsDocument('evidence', reference, new Blob(['GIF']))).rejects.toMatchObject(
      {
        status: 415,
        codes: ['DOCUMENT_TYPE'],
      },
    );
  });

  it('stops asking when the signal says so', async () => {
    const signal = AbortSignal.abort('enough');
    await expect(gateway.client().request(Policy, {}, { signal })).rejects.toBe('enough');
    const changes = gateway.client().subscribe(NetworksChanged, {}, { signal });
    await expect(changes.next()).rejects.toBe('enough');
  });

  it.each([
    ['events', 400],
    ['websocket', 0],
  ] as const)('rejects at once when it may not watch, or not so, over %s', async (subscriptions, status) => {
    const { token } = await gateway.account();
    const nobody = gateway.client({ subscriptions }).subscribe(NetworksChanged).next();
    await expect(nobody).rejects.toMatchObject({ name: 'GatewayError', codes: ['UNAUTHENTICATED'] });
    const unlisted: typeof NetworksChanged = { digest: '', text: `${NetworksChanged.text} ` };
    const refused = { name: 'GatewayError', status, codes: ['OPERATION_NOT_SERVED'] };
    for (const send of ['id', 'text'] as const) {
      const client = gateway.client({ token, send, subscriptions });
      await expect(client.subscribe(unlisted).next()).rejects.toMatchObject(refused);
    }
    const query = gateway.client({ token, subscriptions }).subscribe(ViewerAccount).next();
    await expect(query).rejects.toMatchObject({ status, codes: ['BAD_USER_INPUT'] });
  });

  it.each([
    ['id', 'events'],
    ['text', 'events'],
    ['id', 'websocket'],
    ['text', 'websocket'],
  ] as const)('receives changes until it stops listening, by %s over %s', async (send, subscriptions) => {
    const { token } = await gateway.account();
    const client = gateway.client({ token, send, subscriptions });
    const changes = client.subscribe(NetworksChanged);
    const first = changes.next();
    await expect.poll(isWatched).toBe(true);
    await client.request(RegisterNetwork, { input: { name: 'console' } });
    expect((await first).value).toMatchObject({ networksChanged: [{ name: 'console' }] });
    await changes.return(undefined);
    await expect.poll(isWatched).toBe(false);
  });

  it.each(['events', 'websocket'] as const)(
    'stops listening while nothing happens when the signal says so, over %s',
    async (subscriptions) => {
      const { token } = await gateway.account();
      const controller = new AbortController();
      const { signal } = controller;
      const client = gateway.client({ token, subscriptions });
      const first = client.subscribe(NetworksChanged, {}, { signal }).next();
      await expect.poll(isWatched).toBe(true);
      controller.abort('enough');
      await expect(first).rejects.toBe('enough');
      await expect.poll(isWatched).toBe(false);
    },
  );

  async function isWatched(): Promise<boolean> {
    const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    return metrics.includes('gateway_subscriptions 1');
  }
});

describe('a subscription whose connection cannot be made again', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  /** As when the network is away. */
  class NoSocket {
    static readonly CONNECTING = 0;
    static readonly OPEN = 1;
    static readonly CLOSING = 2;
    static readonly CLOSED = 3;
    onclose?: (closed: { code: number; reason: string }) => void;
    constructor() {
      queueMicrotask(() => this.onclose?.({ code: 1006, reason: '' }));
    }
  }

  it.each(['events', 'websocket'] as const)('is given up with a code, over %s', async (subscriptions) => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const tries = vi.fn(async () => Promise.reject(new TypeError('fetch failed')));
    const options = {
      url: 'http://gateway.example/graphql',
      subscriptions,
      fetch: tries,
      webSocket: NoSocket,
    };
    const first = new GatewayClient(options).subscribe(NetworksChanged).next();
    const rejected = expect(first).rejects.toMatchObject({
      name: 'GatewayError',
      status: 0,
      codes: ['CONNECTION_LOST'],
    });
    // The library is loaded first, which no clock waits for.
    await vi.waitFor(() => expect(vi.getTimerCount()).toBeGreaterThan(0));
    await vi.runAllTimersAsync();
    await rejected;
    expect(tries).toHaveBeenCalledTimes(subscriptions === 'events' ? 6 : 0);
  });
});

describe('the operations of the client', () => {
  it('are what `npm run client` makes of the documents and the schema', async () => {
    const { generate } = (await import('../../scripts/client.mjs' as string)) as {
      generate: () => Promise<Record<string, string>>;
    };
    for (const [path, text] of Object.entries(await generate())) expect(text === read(path), path).toBe(true);
  });

  it('stand in the manifest under the digests of their texts', () => {
    const known = Object.values(operations).filter((each) => typeof each === 'object');
    expect(known.length).toBeGreaterThan(80);
    for (const { digest, text } of known) {
      expect(hash('sha256', text)).toBe(digest);
      expect(manifest[digest]).toBe(text);
    }
    expect(Object.keys(manifest)).toHaveLength(known.length);
  });

  it('are valid, and within every limit', () => {
    for (const text of Object.values(manifest)) {
      const document = parse(text);
      expect(validate(schema, document, specifiedRules)).toEqual([]);
      expect(exceededLimit(schema, document)).toBeNull();
    }
  });

  it('ask for the type of every object, and for its id where it has one, by which caches know it', () => {
    const unknown = new Set<string>();
    for (const text of Object.values(manifest)) {
      const document = parse(text);
      const types = new TypeInfo(schema);
      const SelectionSet = (selectionSet: SelectionSetNode) => {
        const type = types.getParentType();
        const names = namesIn(selectionSet, document);
        if (!isObjectType(type) || [schema.getQueryType(), schema.getMutationType()].includes(type)) return;
        if (type === schema.getSubscriptionType()) return;
        if (!names.has('__typename') || (type.getFields().id && !names.has('id'))) unknown.add(type.name);
      };
      visit(document, visitWithTypeInfo(types, { SelectionSet }));
    }
    expect([...unknown]).toEqual([]);
  });

  /** The fields of a selection, those of the fragments that it spreads among them. */
  function namesIn({ selections }: SelectionSetNode, document: DocumentNode): Set<string> {
    const names = selections.flatMap((selection): string[] => {
      if (selection.kind === Kind.FIELD) return [selection.name.value];
      if (selection.kind === Kind.INLINE_FRAGMENT) return [];
      const fragment = document.definitions.find(
        (each) => each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === selection.name.value,
      ) as FragmentDefinitionNode;
      return [...namesIn(fragment.selectionSet, document)];
    });
    return new Set(names);
  }

  it('use every root field, and every field of the viewer, that is not deprecated', () => {
    const used = new Set<string>();
    for (const text of Object.values(manifest)) {
      const types = new TypeInfo(schema);
      const Field = ({ name }: FieldNode) => {
        used.add(`${types.getParentType()?.name}.${name.value}`);
      };
      visit(parse(text), visitWithTypeInfo(types, { Field }));
    }
    const roots = [
      schema.getQueryType(),
      schema.getMutationType(),
      schema.getSubscriptionType(),
      schema.getType('Viewer'),
    ];
    const missing = roots.filter(isObjectType).flatMap((type) =>
      Object.values(type.getFields())
        .filter(({ deprecationReason }) => deprecationReason == null)
        .map(({ name }) => `${type.name}.${name}`)
        .filter((name) => !used.has(name)),
    );
    expect(missing).toEqual([]);
  });
});
