// GraphQL types of looks of staff at what people have used.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import type { AccessReason, SupportReason } from '../../services/staff/staff-access.js';
import { connectionOf, edgeOf } from '../connection.js';
import { DateScalar } from '../date.js';

export const SupportReasonEnum = {
  CONNECTION_PROBLEM: 'connection-problem',
  SLOW_CONNECTION: 'slow-connection',
  APP_PROBLEM: 'app-problem',
  LOCATION_ADVICE: 'location-advice',
  DATA_VOLUME: 'data-volume',
} as const satisfies Record<string, SupportReason>;

const SUPPORT_REASONS = {
  CONNECTION_PROBLEM: { description: 'A connection cannot be made, or breaks off.' },
  SLOW_CONNECTION: { description: 'A connection is slow.' },
  APP_PROBLEM: { description: 'An app does not do what it should.' },
  LOCATION_ADVICE: { description: 'The person asks which location serves them best.' },
  DATA_VOLUME: { description: 'The person asks about the amount of data.' },
};

registerEnumType(SupportReasonEnum, {
  name: 'SupportReason',
  description: 'Why support must look at the usage of one account.',
  valuesConfig: SUPPORT_REASONS,
});

const AccessReasonEnum = {
  ...SupportReasonEnum,
  HEAVY_USAGE: 'heavy-usage',
  DISCLOSURE: 'disclosure',
} as const satisfies Record<string, AccessReason>;

registerEnumType(AccessReasonEnum, {
  name: 'StaffAccessReason',
  description: 'Why staff looked at the usage of an account.',
  valuesConfig: {
    ...SUPPORT_REASONS,
    HEAVY_USAGE: { description: 'It was among the accounts with far more data than others.' },
    DISCLOSURE: {
      description:
        'An operator wrote everything that is kept about the person into a file, for them or for an authority.',
    },
  },
});

@ObjectType({ description: 'Staff looked at what an account has used.', simpleResolvers: true })
export class StaffAccess {
  @Field(() => DateScalar, { description: 'The day.' })
  day!: Day;

  @Field(() => AccessReasonEnum, { description: 'Why.' })
  reason!: AccessReason;

  @Field(() => String, { nullable: true, description: 'What staff call the case; null when there is none.' })
  caseReference!: string | null;
}

@ObjectType({ description: 'A look of staff, and its place among them.', simpleResolvers: true })
class StaffAccessEdge extends edgeOf(StaffAccess) {}

@ObjectType({ description: 'A page of the looks of staff, the newest first.', simpleResolvers: true })
export class StaffAccessConnection extends connectionOf(StaffAccessEdge) {}
