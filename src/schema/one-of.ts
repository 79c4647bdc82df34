// Input objects of which exactly one field is given (`@oneOf`). type-graphql has no option for them, so they are marked here, and
// the built schema gets the mark.
import { GraphQLError, type GraphQLSchema, isInputObjectType } from 'graphql';

const ONE_OF = new Set<string>();

/** Marks an input type; its fields must be nullable and have no default. */
export function OneOf(): ClassDecorator {
  return ({ name }) => {
    ONE_OF.add(name);
  };
}

/** Marks the input types of a schema. Throws when a field of one is required or has a default. */
export function markOneOf(schema: GraphQLSchema): void {
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isInputObjectType(type) || !ONE_OF.has(type.name)) continue;
    const wrong = Object.values(type.getFields()).find(
      (field) => String(field.type).endsWith('!') || field.defaultValue !== undefined,
    );
    if (wrong !== undefined) throw new GraphQLError(`${type.name}.${wrong.name} must be optional`);
    type.isOneOf = true;
  }
}
