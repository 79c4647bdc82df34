import { getNamedType, isEnumType, isInputObjectType, isObjectType, isSpecifiedScalarType } from 'graphql';
import { describe, expect, it } from 'vitest';
import { buildOpenSchema } from '../../src/schema/build-schema.js';
import { printedSchema } from '../../src/schema/print.js';
import { read } from './source-files.js';

const schema = buildOpenSchema();
const types = Object.values(schema.getTypeMap()).filter(
  (type) => !type.name.startsWith('__') && !isSpecifiedScalarType(type),
);

describe('the schema', () => {
  it('is the one in schema.graphql: npm run schema writes it', () => {
    expect(printedSchema()).toBe(read('schema.graphql'));
  });

  it('describes every type, field, argument and value', () => {
    const silent = types.flatMap((type) => {
      const parts = isObjectType(type) || isInputObjectType(type) ? Object.values(type.getFields()) : [];
      const args = isObjectType(type)
        ? Object.values(type.getFields()).flatMap((field) =>
            field.args.map((arg) => ({ name: `${field.name}(${arg.name})`, description: arg.description })),
          )
        : [];
      const values = isEnumType(type) ? type.getValues() : [];
      const members = [...parts, ...args, ...values].filter((member) => !member.description);
      const isRoot = type === schema.getQueryType() || type === schema.getMutationType();
      return [
        ...(type.description || isRoot ? [] : [type.name]),
        ...members.map((member) => `${type.name}.${member.name}`),
      ];
    });
    expect(silent).toEqual([]);
  });

  it('gives every mutation a payload with user errors', () => {
    const mutations = Object.values(schema.getMutationType()?.getFields() ?? {});
    const without = mutations.filter((mutation) => {
      const payload = getNamedType(mutation.type);
      return !isObjectType(payload) || String(payload.getFields().userErrors?.type) !== '[UserError!]!';
    });
    expect(without.map(({ name }) => name)).toEqual([]);
  });
});
