// GraphQL types of audited support access: when staff looked at usage data, and why.
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
  CONNECTION_PROBLEM: { description: 'A connection cannot be made, or is interrupted.' },
  SLOW_CONNECTION: { description: 'A connection is slow.' },
  APP_PROBLEM: { description: 'An app does not work as it should.' },
  LOCATION_ADVICE: { description: 'The person asks which location is best for them.' },
  DATA_VOLUME: { description: 'The person asks about the amount of data.' },
};

registerEnumType(SupportReasonEnum, {
  name: 'SupportReason',
  description: 'Why support needs the usage data of an account.',
  valuesConfig: SUPPORT_REASONS,
});

const AccessReasonEnum = {
  ...SupportReasonEnum,
  HEAVY_USAGE: 'heavy-usage',
  DISCLOSURE: 'disclosure',
} as const satisfies Record<string, AccessReason>;

registerEnumType(AccessReasonEnum, {
  name: 'StaffAccessReason',
  description: 'Why staff accessed the usage data of an account.',
  valuesConfig: {
    ...SUPPORT_REASONS,
    HEAVY_USAGE: { description: 'The account transferred far more data than others.' },
    DISCLOSURE: {
      description: 'An operator disclosed all data about the person, to them or to an authority.',
    },
  },
});

@ObjectType({ description: 'An access by staff to the usage data of an account.', simpleResolvers: true })
class StaffAccess {
  @Field(() => DateScalar, { description: 'The day of the access.' })
  accessedOn!: Day;

  @Field(() => AccessReasonEnum, { description: 'The reason for the access.' })
  reason!: AccessReason;

  @Field(() => String, {
    nullable: true,
    description: 'The reference of the support case. It is null when the access belongs to no case.',
  })
  caseReference!: string | null;
}

@ObjectType({ description: 'An access by staff in a list.', simpleResolvers: true })
class StaffAccessEdge extends edgeOf(StaffAccess) {}

@ObjectType({ description: 'A page of accesses by staff.', simpleResolvers: true })
export class StaffAccessConnection extends connectionOf(StaffAccessEdge) {}
