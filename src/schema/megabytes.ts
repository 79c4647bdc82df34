// The scalar `Megabytes`: beyond what GraphQL's Int holds, and exact in every JSON parser.
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';

function megabytes(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw new GraphQLError('Megabytes is a whole number from 0 to 9007199254740991.', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

export const MegabytesScalar = new GraphQLScalarType<number, number>({
  name: 'Megabytes',
  description: 'A whole number of megabytes (1,000,000 bytes), from 0 to 2^53 − 1: a JSON number (RFC 8259).',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc8259#section-6',
  serialize: megabytes,
  parseValue: megabytes,
  parseLiteral: (node) => megabytes(node.kind === Kind.INT ? Number(node.value) : null),
});
