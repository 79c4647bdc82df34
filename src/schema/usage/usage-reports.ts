// GraphQL types of the reports in which VPN nodes tell of usage.
import { GraphQLError, GraphQLScalarType } from 'graphql';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import type { Recorded } from '../../services/usage/reports.js';
import { DateScalar } from '../date.js';
import { UserError } from '../user-error.js';

function rows(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new GraphQLError('UsageRows is a list of rows.', { extensions: { code: 'BAD_USER_INPUT' } });
}

/** A list of input objects would be walked by the library several times, each time for half a second. */
const UsageRowsScalar = new GraphQLScalarType<readonly unknown[], readonly unknown[]>({
  name: 'UsageRows',
  description:
    'At most 50,000 rows, each `{handle, location, country, provider, megabytes, connected}`: the account’s usage handle ' +
    '(UUID); the node’s VPN location; from which country (ISO 3166-1 alpha-2, `ZZ` when it is not known); through which ' +
    'provider (number of its autonomous system, 0 when it is not known); whole MB of 1,000,000 bytes in both directions; ' +
    'whether a connection was made on that day. Rows about the same are summed up.',
  serialize: rows,
  parseValue: rows,
});

@InputType({ description: 'What a VPN node knows of a day, or a part of it.' })
export class RecordUsageInput {
  @Field(() => DateScalar, {
    description: 'A day that is over. It takes reports and corrections for three days (`USAGE_OPEN_DAYS`).',
  })
  day!: Day;

  @Field(() => Int, {
    defaultValue: 1,
    description: 'Which part of the node’s day it is, from 1 to 1000. Each part counts for itself.',
  })
  part!: number;

  @Field(() => Int, {
    defaultValue: 1,
    description:
      'From 1 to 1000. A correction has a higher one, and takes the place of all of the part before it.',
  })
  revision!: number;

  @Field(() => UsageRowsScalar, { description: 'The rows, in any order.' })
  rows!: readonly unknown[];
}

const RecordUsageOutcome = { COUNTED: 'counted', REPEATED: 'repeated', REPLACED: 'replaced' } as const;

registerEnumType(RecordUsageOutcome, {
  name: 'RecordUsageOutcome',
  description: 'What became of a report.',
  valuesConfig: {
    COUNTED: { description: 'It is the first of its part, and counts.' },
    REPEATED: { description: 'It has come before, and counts once.' },
    REPLACED: { description: 'It took the place of an earlier revision.' },
  },
});

@ObjectType({
  description: 'What became of the report: all of it counts, or nothing.',
  simpleResolvers: true,
})
export class RecordUsagePayload {
  @Field(() => RecordUsageOutcome, { nullable: true, description: 'Null when the report was refused.' })
  outcome!: Recorded | null;

  @Field(() => [UserError], {
    description:
      'Empty when the report was accepted. A faulty row is named by its place, such as `rows.17.country`.',
  })
  userErrors!: UserError[];
}
