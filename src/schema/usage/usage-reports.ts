// GraphQL types of usage reports, which VPN nodes send.
import { GraphQLError, GraphQLScalarType } from 'graphql';
import { Field, InputType, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import type { Recorded } from '../../services/usage/reports.js';
import { DateScalar } from '../date.js';
import { Payload, payloadOf } from '../payload.js';

function rows(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw new GraphQLError('UsageRows is a list of rows.', { extensions: { code: 'BAD_USER_INPUT' } });
}

/** The library walks a list of input objects several times, and takes half a second for each of them. */
const UsageRowsScalar = new GraphQLScalarType<readonly unknown[], readonly unknown[]>({
  name: 'UsageRows',
  description:
    'A list of at most 50,000 rows `{handle, location, country, provider, megabytes, connected}`. `handle` is the usage handle ' +
    'of the account (UUID). `location` is the id of the node’s VPN location. `country` is the country that the account ' +
    'connected from (ISO 3166-1 alpha-2, or `ZZ` when it is not known). `provider` is the number of the internet provider’s ' +
    'autonomous system, or 0 when it is not known. `megabytes` is the data in both directions in whole megabytes of ' +
    '1,000,000 bytes. `connected` is whether a connection was made on the day. Rows with the same keys are added up.',
  serialize: rows,
  parseValue: rows,
});

@InputType({
  description: 'The input of `recordUsage`: what a VPN node reports about a day, or about a part of it.',
})
export class RecordUsageInput {
  @Field(() => DateScalar, {
    description:
      'The day. It must be over, and it accepts reports and corrections for three days (`USAGE_OPEN_DAYS`).',
  })
  day!: Day;

  @Field(() => Int, {
    defaultValue: 1,
    description:
      'The part of the node’s report about the day, from 1 to 1000. The parts of a day are added up.',
  })
  part!: number;

  @Field(() => Int, {
    defaultValue: 1,
    description:
      'The revision of the part, from 1 to 1000. A correction has a higher revision, and replaces the whole part.',
  })
  revision!: number;

  @Field(() => UsageRowsScalar, { description: 'The rows, in any order.' })
  rows!: readonly unknown[];
}

const RecordUsageOutcome = { COUNTED: 'counted', REPEATED: 'repeated', REPLACED: 'replaced' } as const;

registerEnumType(RecordUsageOutcome, {
  name: 'RecordUsageOutcome',
  description: 'How a usage report was recorded.',
  valuesConfig: {
    COUNTED: { description: 'The report is the first of its part.' },
    REPEATED: { description: 'The same report was recorded before. It counts once.' },
    REPLACED: { description: 'The report replaced an earlier revision.' },
  },
});

@ObjectType(payloadOf('recordUsage'))
export class RecordUsagePayload extends Payload {
  @Field(() => RecordUsageOutcome, {
    nullable: true,
    description:
      'How the report was recorded. A report counts as a whole: when a row is invalid, nothing is recorded, and the ' +
      'user error names the row by its place, such as `rows.17.country`.',
  })
  outcome?: Recorded | null;
}
