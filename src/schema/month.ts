// The scalar `Month`: a calendar month in UTC, as a string.
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { type Month, parseMonth } from '../lib/calendar.js';

function month(value: unknown): Month {
  const parsed = typeof value === 'string' ? parseMonth(value) : null;
  if (parsed !== null) return parsed;
  throw new GraphQLError('A Month is a calendar month as a string: YYYY-MM.', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

export const MonthScalar = new GraphQLScalarType<Month, string>({
  name: 'Month',
  description: 'A calendar month in UTC, such as `2026-10`: `YYYY-MM` (ISO 8601-1, section 5.2.2.2).',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#appendix-A',
  serialize: month,
  parseValue: month,
  parseLiteral: (node) => month(node.kind === Kind.STRING ? node.value : null),
});
