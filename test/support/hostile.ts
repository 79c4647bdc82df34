// Requests that a hostile stranger may make of the schema: documents for each root field with arguments of its types.
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
import { exceededLimit } from '../../src/execution/limits.js';
import { operations } from '../../src/schema/permissions.js';

export type RootName = 'Query' | 'Mutation';

/** A field of a root type, and the name of the rule that says who may call it. */
export interface Operation {
  readonly root: RootName;
  readonly field: GraphQLField<unknown, unknown>;
  readonly rule: string;
}

export function operationsOf(schema: GraphQLSchema): Operation[] {
  return (['Query', 'Mutation'] as const).flatMap((root) => {
    const rules: Readonly<Record<string, unknown>> = operations[root];
    const fields = (schema.getType(root) as ReturnType<GraphQLSchema['getQueryType']>)!.getFields();
    return Object.values(fields).map((field) => ({
      root,
      field,
      rule: (rules[field.name] as { readonly name: string }).name,
    }));
  });
}

/** A document that calls the field so many times, by aliases, each time with the same variables. */
export function documentOf({ root, field }: Operation, times: number): string {
  const selection = selectionOf(field.type, 3);
  const given = field.args.map(({ name }) => `${name}: $${name}`).join(' ');
  const call = `${field.name}${given === '' ? '' : `(${given})`} ${selection}`;
  const calls = Array.from({ length: times }, (_, index) => `a${index}: ${call}`);
  const variables = field.args.map(({ name, type }) => `$${name}: ${type}`).join(' ');
  return `${root.toLowerCase()} ${variables === '' ? '' : `(${variables})`} { ${calls.join(' ')} }`;
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
  const fields = isObjectType(type) ? Object.values(type.getFields()) : [];
  const parts = fields
    .filter(({ args }) => !args.some(isRequiredArgument))
    .filter((field) => depth > 1 || !isCompositeType(getNamedType(field.type)))
    .map((field) => `${field.name} ${selectionOf(field.type, depth - 1)}`);
  return `{ __typename ${parts.join(' ')} }`;
}

/** Makes a value of a named type that is no input object; `path` ends with the name of the argument or field. */
export type MakeLeaf = (type: GraphQLNamedType, path: readonly string[]) => unknown;

/** Values of all arguments. `length`: of every list. */
export function variablesOf(
  args: readonly GraphQLArgument[],
  leaf: MakeLeaf,
  length = 1,
): Record<string, unknown> {
  return Object.fromEntries(args.map(({ name, type }) => [name, inputOf(type, leaf, length, [name])]));
}

/** The arguments with the optional fields of their input objects left out, but for one; each time another one. */
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
}

function inputOf(input: GraphQLInputType, leaf: MakeLeaf, length: number, path: readonly string[]): unknown {
  const type = getNullableType(input);
  if (isListType(type)) {
    const item = inputOf(type.ofType, leaf, length, path);
    return Array.from({ length }, () => item);
  }
  if (!isInputObjectType(type)) return leaf(type, path);
  const fields = Object.values(type.getFields());
  return Object.fromEntries(
    fields.map((field) => [field.name, inputOf(field.type, leaf, length, [...path, field.name])]),
  );
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
