import { hash } from 'node:crypto';
import {
  type FieldNode,
  isObjectType,
  parse,
  specifiedRules,
  TypeInfo,
  validate,
  visit,
  visitWithTypeInfo,
} from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import * as operations from '../../client/index.js';
import {
  AddressesChanged,
  GatewayClient,
  GatewayError,
  Policy,
  RegisterCurrentAddress,
  UpdateProfile,
  ViewerAccount,
  ViewerUsage,
} from '../../client/index.js';
import { exceededLimit } from '../../src/execution/limits.js';
import { buildOpenSchema } from '../../src/schema/build-schema.js';
import { read } from '../repo/source-files.js';
import { dayFromNow, startTestGateway, type TestGateway } from '../support/gateway.js';

const manifest = JSON.parse(read('client/operations.json')) as Record<string, string>;
const schema = buildOpenSchema();

describe('the client', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway({ config: { production: true, openOperations: false } });
  });
  afterAll(() => gateway?.stop());

  it('asks for what it is typed to get, by the ids of operations', async () => {
    const { token, email } = await gateway.account();
    const client = gateway.client({ token });
    const { viewer } = await client.request(ViewerAccount);
    expect(viewer.account).toMatchObject({ email, role: 'USER', name: null, version: 1 });
    const input = { version: viewer.account.version, name: 'Ada' };
    const { updateProfile } = await client.request(UpdateProfile, { input });
    expect(updateProfile).toMatchObject({ account: { name: 'Ada', version: 2 }, userErrors: [] });
    const usage = await client.request(ViewerUsage, { from: dayFromNow(-2), to: dayFromNow(-1) });
    expect(usage.viewer.usage.days.map(({ connected }) => connected)).toEqual([false, false]);
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

  it('stops asking when the signal says so', async () => {
    const signal = AbortSignal.abort('enough');
    await expect(gateway.client().request(Policy, {}, { signal })).rejects.toBe('enough');
    const changes = gateway.client().subscribe(AddressesChanged, {}, { signal });
    await expect(changes.next()).rejects.toBe('enough');
  });

  it('rejects at once when it may not watch, or not so', async () => {
    const { token } = await gateway.account();
    const nobody = gateway.client().subscribe(AddressesChanged).next();
    await expect(nobody).rejects.toMatchObject({ codes: ['UNAUTHENTICATED'] });
    const unlisted: typeof AddressesChanged = { digest: '', text: `${AddressesChanged.text} ` };
    const refused = { name: 'GatewayError', status: 400, codes: ['OPERATION_NOT_SERVED'] };
    for (const send of ['id', 'text'] as const) {
      await expect(gateway.client({ token, send }).subscribe(unlisted).next()).rejects.toMatchObject(refused);
    }
    const query = gateway.client({ token }).subscribe(ViewerAccount).next();
    await expect(query).rejects.toMatchObject({ status: 400, codes: ['BAD_USER_INPUT'] });
  });

  it.each(['id', 'text'] as const)('is told of changes until it stops listening, by %s', async (send) => {
    const { token } = await gateway.account();
    const client = gateway.client({ token, send });
    const changes = client.subscribe(AddressesChanged);
    const first = changes.next();
    await expect.poll(isWatched).toBe(true);
    await client.request(RegisterCurrentAddress, { input: { label: 'console' } });
    expect((await first).value).toMatchObject({ addressesChanged: [{ label: 'console' }] });
    await changes.return(undefined);
    await expect.poll(isWatched).toBe(false);
  });

  it('stops listening while nothing is told when the signal says so', async () => {
    const { token } = await gateway.account();
    const controller = new AbortController();
    const { signal } = controller;
    const first = gateway.client({ token }).subscribe(AddressesChanged, {}, { signal }).next();
    await expect.poll(isWatched).toBe(true);
    controller.abort('enough');
    await expect(first).rejects.toBe('enough');
    await expect.poll(isWatched).toBe(false);
  });

  async function isWatched(): Promise<boolean> {
    const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    return metrics.includes('gateway_subscriptions 1');
  }
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
