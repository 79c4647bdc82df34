import fc from 'fast-check';
import {
  buildSchema,
  type ExecutionResult,
  execute,
  GraphQLError,
  type GraphQLObjectType,
  getOperationAST,
  parse,
  specifiedRules,
  validate,
} from 'graphql';
import { describe, expect, it, vi } from 'vitest';
import type * as plans from '../../src/graphql/execution/plan.js';

// Not the one that test/support/differential.ts compares.
const { planOperation } = await vi.importActual<typeof plans>('../../src/graphql/execution/plan.js');

const schema = buildSchema(`
  interface Thing { id: ID! name: String thing: Thing }
  type Item implements Thing {
    id: ID! name: String thing: Thing
    strict: String! count: Int ratio: Float kind: Kind kinds: [Kind!] names: [String]
    items(first: Int = 2, kind: Kind, filter: Filter): [Item]
    strictItems(first: Int! = 3): [Item!]!
    strictThing: Thing! any: Any anys: [[Any]!]
    plainText: String plainCount: Int! plainRatio: Float plainYes: Boolean plainKind: Kind plainId: ID!
  }
  type Other implements Thing { id: ID! name: String thing: Thing other: Item! }
  union Any = Item | Other
  enum Kind { A B }
  input Filter { text: String = "x" kinds: [Kind!] }
  type Query { item(id: ID = "1"): Item strictItem: Item! any: Any things: [Thing!] }
  type Mutation { change(count: Int): Item fail: Item! other: Other }
`);

/** What each field of the schema gives, decided by its place in the answer alone, so that both executors meet the same. */
function behaviour(seed: number, place: string): number {
  let hash = seed;
  for (const letter of place) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193) >>> 0;
  return (hash >>> 8) % 100;
}

interface World {
  readonly seed: number;
}

function pathText(path: { key: string | number; prev: unknown } | undefined): string {
  return path === undefined ? '' : `${pathText(path.prev as typeof path)}/${path.key}`;
}

/** What stands in a source in the place of a field that has no resolver: right values of the types and whatever else may. */
const PLAIN = [
  'A',
  'text',
  '',
  7,
  0,
  -1.5,
  Number.NaN,
  2 ** 40,
  true,
  false,
  null,
  undefined,
  {},
  ['A'],
  Symbol('plain'),
  9n,
  new Error('given'),
  () => 'B',
  () => Promise.resolve(8),
  () => Promise.reject(new Error('failed')),
  () => {
    throw new GraphQLError('refused', { extensions: { code: 'REFUSED' } });
  },
  Promise.resolve('A'),
];

/** Half of its plain fields are as they should be. */
function source(type: string, chance: number) {
  const right = {
    plainText: 'A',
    plainCount: 1,
    plainRatio: 0.5,
    plainYes: true,
    plainKind: 'B',
    plainId: 'i',
  };
  const fields = Object.entries(right).map(([name, value], index) => {
    const other = PLAIN[(chance * 7 + index * 5) % PLAIN.length];
    return [name, (chance + index) % 2 === 0 ? value : other];
  });
  return { type, ...Object.fromEntries(fields) };
}

/** A value of the field's type that has no resolvers of its own below it but these. */
const VALUES: Readonly<Record<string, (chance: number, args: unknown) => unknown>> = {
  id: () => 'i',
  name: (chance, args) => (chance < 50 ? `n${chance}` : () => `${JSON.stringify(args)}`),
  strict: () => 's',
  count: (chance) => (chance < 80 ? chance : 'no number'),
  ratio: () => 0.5,
  kind: (chance) => (chance < 80 ? 'A' : 'NONE'),
  kinds: (chance) => (chance < 80 ? ['A', 'B'] : ['A', null]),
  names: (chance) => (chance < 80 ? new Set(['a', null]) : 7),
  // Promises: graphql-js leaves those of a list unheard when another item of it fails at once.
  things: (chance) => [
    Promise.resolve(source(chance < 90 ? 'Item' : 'Unknown', chance)),
    Promise.resolve(source('Other', chance)),
  ],
  items: (chance) => [
    source('Item', chance),
    chance < 50 ? Promise.resolve({}) : null,
    chance < 20 ? new Error('item') : source('Item', chance + 1),
  ],
  strictItems: (chance) =>
    [{}, chance < 70 ? {} : null, chance < 20 ? new Error('item') : {}].map((item) => Promise.resolve(item)),
  anys: (chance) => [
    [source('Item', chance), chance < 70 ? null : source('Other', chance)],
    [source('Other', chance)],
  ],
};

for (const type of Object.values(schema.getTypeMap())) {
  if (type.name.startsWith('__') || !('getFields' in type) || type.astNode?.kind !== 'ObjectTypeDefinition') {
    continue;
  }
  for (const field of Object.values((type as GraphQLObjectType).getFields())) {
    if (field.name.startsWith('plain')) continue;
    field.resolve = (_source, args, { seed }: World, info) => {
      const place = pathText(info.path);
      const chance = behaviour(seed, place);
      const again = behaviour(seed + 1, place);
      if (chance < 6) throw new GraphQLError('refused', { extensions: { code: 'REFUSED' } });
      if (chance < 9) return Promise.reject(new Error('failed'));
      if (chance < 12) return new Error('given');
      if (chance < 18) return chance < 15 ? null : Promise.resolve(undefined);
      const make = VALUES[field.name] ?? (() => source(again < 50 ? 'Item' : 'Other', again));
      const made = make(again, args);
      const value = typeof made === 'function' ? (made as () => unknown)() : made;
      return chance < 60 ? Promise.resolve(value) : value;
    };
  }
}
for (const name of ['Thing', 'Any']) {
  const type = schema.getType(name) as { resolveType?: unknown };
  type.resolveType = (value: { type?: string }) =>
    value.type === 'Other' ? Promise.resolve('Other') : (value.type ?? 'Item');
}

/** Documents that are valid most of the time; others are left out. */
class Writer {
  private readonly fragments = new Map<string, string>();

  constructor(private state: number) {}

  document(): string {
    const kind = this.pick(['query', 'query', 'mutation']);
    const root = kind === 'query' ? 'Query' : 'Mutation';
    const body = this.selection(root, 0);
    const variables = '($a: Int, $k: Kind, $yes: Boolean! = true, $no: Boolean = false, $f: Filter)';
    return [`${kind} Asked${variables} ${body}`, ...this.fragments.values()].join('\n');
  }

  private next(): number {
    this.state = (Math.imul(this.state, 1664525) + 1013904223) >>> 0;
    return this.state / 2 ** 32;
  }

  private pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.next() * choices.length)]!;
  }

  private selection(typeName: string, depth: number): string {
    const count = 1 + Math.floor(this.next() * 4);
    return `{ ${Array.from({ length: count }, () => this.part(typeName, depth)).join(' ')} }`;
  }

  private part(typeName: string, depth: number): string {
    const chance = this.next();
    const type = schema.getType(typeName) as GraphQLObjectType;
    const inside = typeName === 'Thing' || typeName === 'Any' ? this.pick(['Item', 'Other']) : typeName;
    if (chance < 0.12) return `... on ${inside}${this.condition()} ${this.selection(inside, depth + 1)}`;
    if (chance < 0.2 && depth < 4) {
      const name = `F${this.fragments.size}`;
      this.fragments.set(name, '');
      this.fragments.set(name, `fragment ${name} on ${inside} ${this.selection(inside, depth + 2)}`);
      return `...${name}${this.condition()} ...${name}`;
    }
    if (!('getFields' in type) || chance < 0.25) return '__typename';
    const field = this.pick(Object.values(type.getFields()));
    const named = String(field.type).replace(/[[\]!]/g, '');
    const composite = ['Item', 'Other', 'Thing', 'Any'].includes(named);
    if (composite && depth > 4) return '__typename';
    const alias =
      this.next() < 0.3 ? `${this.pick([`x${field.name}`, `y${field.name}`, '__proto__'])}: ` : '';
    const args = field.args.map(({ name }) => `${name}: ${this.argument(name)}`);
    const given = args.filter(() => this.next() < 0.6);
    const list = given.length === 0 ? '' : `(${given.join(', ')})`;
    return `${alias}${field.name}${list}${this.condition()} ${composite ? this.selection(named, depth + 1) : ''}`;
  }

  private argument(name: string): string {
    if (name === 'kind') return this.pick(['A', '$k', 'null']);
    if (name === 'filter') return this.pick(['{ kinds: [$k] }', '{ text: "t" }', '$f', '{}']);
    if (name === 'id') return '"7"';
    return this.pick(['1', '$a']);
  }

  private condition(): string {
    return this.next() < 0.85
      ? ''
      : this.pick([' @skip(if: $no)', ' @include(if: $yes)', ' @skip(if: true)']);
  }
}

/** Promises of one moment are settled in whatever order, so errors are compared by their places. */
function comparable({ data, errors }: ExecutionResult): string {
  // The wording of server errors differs, and clients never see it.
  const wording = (message: string) => message.replace(/^Abstract type .*/, 'Abstract type');
  const compared = errors?.map((error) => {
    const cause = error.originalError;
    return JSON.stringify([
      wording(error.message),
      error.toJSON().path,
      error.locations,
      error.extensions,
      cause && wording(cause.message),
    ]);
  });
  return JSON.stringify({ data, errors: compared?.sort() }, null, 1);
}

/** Generated operations declare variables that they may not use. */
const RULES = specifiedRules.filter(({ name }) => name !== 'NoUnusedVariablesRule');

async function both(
  text: string,
  variables: Record<string, unknown>,
  seed: number,
): Promise<[string, string]> {
  const document = parse(text);
  const operation = getOperationAST(document)!;
  const context: World = { seed };
  const reference = await execute({ schema, document, contextValue: context, variableValues: variables });
  const prepared = planOperation<World>(schema, document, operation).prepare(variables);
  const planned = typeof prepared === 'function' ? await prepared(context) : { errors: prepared };
  return [comparable(planned), comparable(reference)];
}

describe('an execution plan', () => {
  it('gives the data and errors of graphql-js for everything that resolvers may do', async () => {
    let served = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.nat(),
        fc.record(
          {
            a: fc.constantFrom(1, 2),
            k: fc.constantFrom('A', 'B', null),
            no: fc.boolean(),
            f: fc.constantFrom({}, { kinds: ['A'] }),
          },
          { requiredKeys: [] },
        ),
        async (words, seed, variables) => {
          const text = new Writer(words).document();
          if (validate(schema, parse(text), RULES).length > 0) return;
          served += 1;
          const [planned, reference] = await both(text, variables, seed);
          expect(planned, text).toBe(reference);
        },
      ),
      { numRuns: 600, seed: 7 },
    );
    expect(served).toBeGreaterThan(120);
  });

  it('handles every rejection of a list in which one item fails at once', async () => {
    const unheard: unknown[] = [];
    const listen = (error: unknown) => unheard.push(error);
    process.on('unhandledRejection', listen);
    const lists = buildSchema('type Query { items: [Item!] } type Item { late: String! soon: String! }');
    const items = [{ late: () => Promise.reject(new Error('late')) }, { late: 'x' }];
    lists.getQueryType()!.getFields().items!.resolve = () => items;
    const document = parse('{ items { late soon } }');
    const run = planOperation<null>(lists, document, getOperationAST(document)!).prepare({});
    const result = typeof run === 'function' ? await run(null) : null;
    await new Promise(setImmediate);
    process.off('unhandledRejection', listen);
    expect(result?.data).toEqual({ items: null });
    expect(unheard).toEqual([]);
  });
});
