// The scalar `Date`: a day in UTC, as a string. No finer time appears in this API.
import { GraphQLError, GraphQLScalarType, Kind } from 'graphql';
import { type Day, parseDay } from '../lib/calendar.js';

function day(value: unknown): Day {
  const parsed = typeof value === 'string' ? parseDay(value) : null;
  if (parsed !== null) return parsed;
  throw new GraphQLError('A Date is a calendar date as a string: YYYY-MM-DD.', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

export const DateScalar = new GraphQLScalarType<Day, string>({
  name: 'Date',
  description: 'A day in UTC, such as `2026-10-31`: `YYYY-MM-DD` (RFC 3339, full-date).',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339#section-5.6',
  serialize: day,
  parseValue: day,
  parseLiteral: (node) => day(node.kind === Kind.STRING ? node.value : null),
});
