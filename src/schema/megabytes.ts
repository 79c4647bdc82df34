// The scalar `Megabytes`: beyond what GraphQL's Int holds, and exact in every JSON reader.
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

function megabytes(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new GraphQLError('Megabytes is a whole number from 0 to 9007199254740991.', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

export const MegabytesScalar = new GraphQLScalarType<number, number>({
  name: 'Megabytes',
  description: 'Whole MB of 1,000,000 bytes: a JSON number from 0 to 2^53 − 1 (RFC 8259, section 6).',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259#section-6',
  serialize: megabytes,
  parseValue: megabytes,
  parseLiteral: (node) => megabytes(node.kind === Kind.INT ? Number(node.value) : null),
});
