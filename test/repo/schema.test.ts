import {
  buildSchema,
  type GraphQLNamedType,
  getNamedType,
  isAbstractType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isObjectType,
  isScalarType,
  isSpecifiedScalarType,
} from 'graphql';
import { describe, expect, it } from 'vitest';
import { openApi } from '../../src/app/api.js';
import { buildGuardedSchema } from '../../src/graphql/guards/guarded-schema.js';
import { type Day, today } from '../../src/lib/calendar.js';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';
import { printedSchema } from '../../src/resolvers/print-schema.js';
import { operations } from '../../src/schema/permissions.js';
import { changesSince, dayOfDeprecation } from './released-schema.js';
import { read } from './source-files.js';

const schema = buildOpenSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

interface Member {
  readonly name: string;
  readonly description?: string | null | undefined;
  readonly deprecationReason?: string | null | undefined;
}

/** The fields, arguments and values of a type, by their coordinates. */
function membersOf(type: GraphQLNamedType): Member[] {
  const named = (members: readonly Member[], prefix = '', suffix = '') =>
    members.map(({ name, description, deprecationReason }) => ({
      name: `${prefix}${name}${suffix}`,
      description,
      deprecationReason,
    }));
  const place = `${type.name}.`;
  if (isEnumType(type)) return named(type.getValues(), place);
  if (isInputObjectType(type)) return named(Object.values(type.getFields()), place);
  if (!isObjectType(type) && !isInterfaceType(type)) return [];
  const fields = Object.values(type.getFields());
  return [
    ...named(fields, place),
    ...fields.flatMap(({ name, args }) => named(args, `${place}${name}(`, ':)')),
  ];
}

/** Object types whose ids are unique in their list alone: short names out of files, and those that others have given. */
const NAMED_IN_THEIR_LIST = [
  'DrpAgent',
  'Processor',
  'Region',
  'RightsRequestLaw',
  'StreamingService',
  'VpnLocation',
];

/** Changes since the release that may break somebody who did not expect any, and why they do not. */
const ACCEPTED: Readonly<Record<string, readonly string[]>> = {};

describe('the schema', () => {
  it('is the one in schema.graphql: npm run schema writes it', () => {
    expect(printedSchema()).toBe(read('schema.graphql'));
  });

  it('describes every type, field, argument and value', () => {
    const roots: readonly unknown[] = [
      schema.getQueryType(),
      schema.getMutationType(),
      schema.getSubscriptionType(),
    ];
    const described = types.flatMap((type) => [...(roots.includes(type) ? [] : [type]), ...membersOf(type)]);
    expect(described.filter(({ description }) => !description).map(({ name }) => name)).toEqual([]);
  });

  it('says of every scalar where its format stands, or what it is', () => {
    const own = types.filter(isScalarType);
    const specified = ({ specifiedByURL }: { specifiedByURL?: unknown }) =>
      /^https?:\/\/\S+$/.test(String(specifiedByURL));
    const shown = ({ description }: { description?: unknown }) => /`\{.+\}`/.test(String(description));
    expect(own.filter((scalar) => !specified(scalar) && !shown(scalar)).map(({ name }) => name)).toEqual([]);
    expect(own.map(({ name }) => name)).toContain('UsageRows');
  });

  it('gives every mutation its own input and its own payload', () => {
    const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
    const expected = mutations.map(({ name, args }) => {
      const prefix = `${name[0]!.toUpperCase()}${name.slice(1)}`;
      return [name, ...args.map(() => `input: ${prefix}Input!`), `${prefix}Payload!`];
    });
    const said = mutations.map(({ name, args, type }) => [
      name,
      ...args.map((arg) => `${arg.name}: ${arg.type}`),
      String(type),
    ]);
    expect(said).toEqual(expected);
  });

  it('gives every payload user errors, and other fields that are null when the input was refused', () => {
    const payloads = types.filter(isObjectType).filter(({ name }) => name.endsWith('Payload'));
    for (const payload of payloads) {
      const { userErrors, ...others } = payload.getFields();
      expect(String(userErrors?.type)).toBe('[UserError!]!');
      expect(Object.values(others).filter(({ type }) => String(type).endsWith('!'))).toEqual([]);
    }
  });

  it('states which root fields require a fresh factor', () => {
    const rules = Object.entries({ ...operations.Query, ...operations.Mutation, ...operations.Subscription });
    const fresh = rules.filter(([, rule]) => /fresh/i.test((rule as { readonly name: string }).name));
    const roots = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()];
    const stated = roots
      .flatMap((root) => Object.values(root?.getFields() ?? {}))
      .filter(({ description }) => /(?:It requires|, with) a fresh factor\./.test(description ?? ''));
    expect(stated.map(({ name }) => name).sort()).toEqual(fresh.map(([name]) => name).sort());
  });

  it('names what a payload returns after its type', () => {
    const payloads = types.filter(isObjectType).filter(({ name }) => name.endsWith('Payload'));
    const objects = payloads.flatMap((payload) =>
      Object.values(payload.getFields()).filter(({ type }) => isObjectType(type)),
    );
    const others = objects.filter(
      ({ name, type }) => name !== `${type}`[0]!.toLowerCase() + `${type}`.slice(1),
    );
    expect(others.map(({ name }) => name)).toEqual(['challenge']);
  });

  it('makes a node of every type whose id is unique in the whole API', () => {
    const withId = types.filter(isObjectType).filter((type) => String(type.getFields().id?.type) === 'ID!');
    const others = withId.filter((type) => !type.getInterfaces().some(({ name }) => name === 'Node'));
    expect(others.map(({ name }) => name).sort()).toEqual(NAMED_IN_THEIR_LIST);
  });

  it('resolves the type of an object without a promise: graphql-jit waits for none', () => {
    const guarded = Object.values(buildGuardedSchema(openApi(), () => {}).getTypeMap()).filter(
      isAbstractType,
    );
    expect(guarded.map(({ name }) => name)).toContain('Node');
    const resolved = guarded.map(({ resolveType }) =>
      (resolveType as (value: object) => unknown)({ __typename: 'Passkey' }),
    );
    expect(resolved).toEqual(guarded.map(() => 'Passkey'));
  });

  it('pages every connection alike', () => {
    const objects = types.filter(isObjectType);
    const fieldsOf = (type: unknown) =>
      isObjectType(type) ? Object.values(type.getFields()).map(({ name, type }) => `${name}: ${type}`) : [];
    const connections = objects.filter(({ name }) => name.endsWith('Connection'));
    for (const connection of connections) {
      expect(fieldsOf(connection)).toEqual(
        expect.arrayContaining(['pageInfo: PageInfo!', 'totalCount: Int!']),
      );
      const edge = getNamedType(connection.getFields().edges?.type);
      expect(fieldsOf(edge)).toEqual(
        expect.arrayContaining(['cursor: String!', expect.stringMatching(/^node: \w+!$/)]),
      );
    }
    const lists = objects
      .flatMap((type) => Object.values(type.getFields()))
      .filter(({ type }) => getNamedType(type).name.endsWith('Connection'));
    expect(lists.length).toBeGreaterThanOrEqual(connections.length);
    for (const { args } of lists) {
      const page = ['after: String', 'before: String', 'first: Int', 'last: Int'];
      expect(args.map(({ name, type }) => `${name}: ${type}`)).toEqual(expect.arrayContaining(page));
    }
  });

  it('says of whatever is deprecated on which day it goes', () => {
    const deprecated = types.flatMap(membersOf).filter(({ deprecationReason }) => deprecationReason != null);
    const open = deprecated.filter(({ deprecationReason }) => dayOfDeprecation(deprecationReason!) === null);
    expect(open.map(({ name }) => name)).toEqual([]);
  });

  it('keeps what the last release has promised: schema.released.graphql', () => {
    const { breaking, dangerous } = changesSince(read('schema.released.graphql'), schema, today());
    expect(breaking).toEqual([]);
    // A frontend shows the message of a code that it does not know, and takes any value of its own enum as one more case.
    const added = / was added to enum type (ErrorCode|RightsRequest\w+|ConsentReason)\.$/;
    const accepted = Object.values(ACCEPTED).flat().sort();
    expect(dangerous.filter((change) => !added.test(change))).toEqual(accepted);
  });
});

describe('the comparison with the released schema', () => {
  const released = `
    type Query { now: Int! old: Old @deprecated(reason: "Use now. Goes on 2027-06-01.") }
    type Old { left: Kind }
    enum Kind { A B @deprecated(reason: "Goes on 2027-07-01.") }
  `;
  const changes = (built: string, day: string) => changesSince(released, buildSchema(built), day as Day);
  const without = 'type Query { now: Int! }';

  it('lets nothing go before its day, and with it all that only it led to', () => {
    expect(changes(without, '2027-05-31').breaking).toEqual([
      'Kind was removed.',
      'Old was removed.',
      'Query.old was removed.',
    ]);
    expect(changes(without, '2027-06-01').breaking).toEqual([]);
  });

  it('lets a value go on its own day', () => {
    const built = 'type Query { now: Int! old: Old } type Old { left: Kind } enum Kind { A }';
    expect(changes(built, '2027-05-31').breaking).toEqual(['B was removed from enum type Kind.']);
    // From that day clients have no promise that `old` still exists.
    expect(changes(built, '2027-07-01').breaking).toEqual([]);
  });

  it('sees what is gone without ever having been deprecated, and what is dangerous', () => {
    const built = `
      type Query { now: String! old: Old more(of: Int): Int }
      type Old { left(of: Int): Kind } enum Kind { A B C }
    `;
    expect(changes(built, '2027-01-01')).toEqual({
      breaking: ['Query.now changed type from Int! to String!.'],
      dangerous: ['An optional arg of on Old.left was added.', 'C was added to enum type Kind.'],
    });
  });
});
