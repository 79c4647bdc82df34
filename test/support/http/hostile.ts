// Requests that a hostile stranger may make of the schema: documents for each root field, and each field with arguments below
// them, with arguments of its types.
import {
  type GraphQLArgument,
  type GraphQLField,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  parse,
} from 'graphql';
import { exceededLimit } from '../../../src/graphql/documents/operation-limits.js';
import { operations } from '../../../src/schema/permissions.js';

export type RootName = 'Query' | 'Mutation' | 'Subscription';

/** A field, and the name of the rule that says who may call it. */
export interface Operation {
  readonly root: RootName;
  /** The fields through which the document comes to it; none when it is a field of a root type. */
  readonly above: readonly string[];
  readonly field: GraphQLField<unknown, unknown>;
  readonly rule: string;
}

/** The fields of the root types. */
export function operationsOf(
  schema: GraphQLSchema,
  roots: readonly RootName[] = ['Query', 'Mutation'],
): Operation[] {
  return roots.flatMap((root) =>
    fieldsOf(schema.getType(root)!).map((field) => ({
      root,
      above: [],
      field,
      rule: ruleOf(root, field.name),
    })),
  );
}

/**
 * The fields with arguments below the root types, each by a shortest way from Query. Throws when there is a field to which no
 * way leads through fields without required arguments, because nobody would ask it.
 */
export function nestedOperationsOf(schema: GraphQLSchema): Operation[] {
  const ways = waysThrough(schema);
  return Object.values(schema.getTypeMap())
    .filter((type) => isObjectType(type) && !['Query', 'Mutation', 'Subscription'].includes(type.name))
    .filter((type) => !type.name.startsWith('__'))
    .flatMap((type) => fieldsOf(type).map((field) => ({ type, field })))
    .filter(({ field }) => field.args.length > 0)
    .map(({ type, field }) => {
      const above = ways.get(type.name);
      if (above === undefined) throw new Error(`No way leads from Query to ${type.name}.${field.name}.`);
      return { root: 'Query', above, field, rule: ruleOf('Query', above[0]!) };
    });
}

/** By which fields a document comes from Query to an object of each type. */
function waysThrough(schema: GraphQLSchema): Map<string, readonly string[]> {
  const ways = new Map<string, readonly string[]>([['Query', []]]);
  // What is added while the loop runs comes later in it: the shortest ways are found first.
  for (const [name, way] of ways) {
    for (const field of fieldsOf(schema.getType(name)!)) {
      const { name: next } = getNamedType(field.type);
      if (!ways.has(next) && !field.args.some(isRequiredArgument)) ways.set(next, [...way, field.name]);
    }
  }
  return ways;
}

function fieldsOf(type: GraphQLNamedType): readonly GraphQLField<unknown, unknown>[] {
  return isObjectType(type) ? Object.values(type.getFields()) : [];
}

function ruleOf(root: RootName, name: string): string {
  const rules: Readonly<Record<string, unknown>> = operations[root];
  return (rules[name] as { readonly name: string }).name;
}

/** A document that calls the field so many times, by aliases, each time with the same variables. */
export function documentOf({ root, above, field }: Operation, times: number): string {
  const selection = selectionOf(field.type, 3);
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(' ');
  const call = `${field.name}${given === '' ? '' : `(${given})`} ${selection}`;
  const calls = Array.from({ length: times }, (_, index) => `a${index}: ${call}`);
  const variables = field.args.map(({ name, type }) => `$${name}: ${type}`).join(' ');
  const inside = above.reduceRight((below, name) => `${name} { ${below} }`, calls.join(' '));
  return `${root.toLowerCase()} ${variables === '' ? '' : `(${variables})`} { ${inside} }`;
}

/** As many calls of the field as one document may have. */
export function greatestDocument(schema: GraphQLSchema, operation: Operation): string {
  for (let times = 30; times > 1; times -= 1) {
    const text = documentOf(operation, times);
    if (exceededLimit(schema, parse(text)) === null) return text;
  }
  return documentOf(operation, 1);
}

/** All fields without required arguments, down to a depth. */
function selectionOf(output: GraphQLOutputType, depth: number): string {
  const type = getNamedType(output);
  if (!isCompositeType(type)) return '';
  const parts = fieldsOf(type)
    .filter(({ args }) => !args.some(isRequiredArgument))
    .filter((field) => depth > 1 || !isCompositeType(getNamedType(field.type)))
    .map((field) => `${field.name} ${selectionOf(field.type, depth - 1)}`);
  return `{ __typename ${parts.join(' ')} }`;
}

/** Makes a value of a named type that is no input object; `path` ends with the name of the argument or field. */
export type MakeLeaf = (type: GraphQLNamedType, path: readonly string[]) => unknown;

/** Values of all arguments. `length`: of every list. `option`: which field of each `@oneOf` input is given. */
export function variablesOf(
  args: readonly GraphQLArgument[],
  leaf: MakeLeaf,
  length = 1,
  option = 0,
): Record<string, unknown> {
  return Object.fromEntries(
    args.map(({ name, type }) => [name, inputOf(type, leaf, length, [name], option)]),
  );
}

/** No `@oneOf` input of the schema has more fields. */
const MOST_OPTIONS = 4;

/**
 * The arguments with the optional fields of their input objects left out, but for one; each time another one. Then the other
 * fields of `@oneOf` inputs within them.
 */
export function* withOneOption(
  args: readonly GraphQLArgument[],
  leaf: MakeLeaf,
): Generator<Record<string, unknown>> {
  for (const { name, type } of args) {
    const input = getNamedType(type);
    if (!isInputObjectType(input)) continue;
    const fields = Object.values(input.getFields());
    const required = fields.filter((field) => isNonNullType(field.type));
    for (const option of fields.filter((field) => !isNonNullType(field.type))) {
      const value = Object.fromEntries(
        [...required, option].map((field) => [field.name, inputOf(field.type, leaf, 1, [name, field.name])]),
      );
      yield { ...variablesOf(args, leaf), [name]: value };
    }
  }
  for (let option = 1; option < MOST_OPTIONS; option += 1) yield variablesOf(args, leaf, 1, option);
}

function inputOf(
  input: GraphQLInputType,
  leaf: MakeLeaf,
  length: number,
  path: readonly string[],
  option = 0,
): unknown {
  const type = getNullableType(input);
  if (isListType(type)) {
    const item = inputOf(type.ofType, leaf, length, path, option);
    return Array.from({ length }, () => item);
  }
  if (!isInputObjectType(type)) return leaf(type, path);
  const all = Object.values(type.getFields());
  // Strings first: most of what is hostile is a string.
  const options = [...all].sort((a, b) => Number(isString(b.type)) - Number(isString(a.type)));
  const fields = type.isOneOf ? [options[option % options.length]!] : all;
  return Object.fromEntries(
    fields.map((field) => [field.name, inputOf(field.type, leaf, length, [...path, field.name], option)]),
  );
}

function isString(type: GraphQLInputType): boolean {
  return ['String', 'ID'].includes(getNamedType(type).name);
}

/** An ordinary value. */
export function ordinary(type: GraphQLNamedType, path: readonly string[]): unknown {
  if (isEnumType(type)) return type.getValues()[0]!.name;
  const name = path.at(-1)!;
  if (/email/i.test(name)) return 'somebody@example.com';
  if (name === 'country') return 'DE';
  switch (type.name) {
    case 'Int':
    case 'Megabytes':
      return 20;
    case 'Float':
      return 1.5;
    case 'Boolean':
      return true;
    case 'Date':
      return '2026-01-01';
    case 'JSONObject':
      return {};
    case 'UsageRows':
      return [];
    default:
      return 'some text';
  }
}
