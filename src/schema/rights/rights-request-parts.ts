// GraphQL types of the parts of a rights request: its law, its changes of status, and its correction.
import { Field, ID, ObjectType } from 'type-graphql';
import type { RightsRequestStatus } from '../../entities/rights/rights-request.js';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { RightsRequestStatusEnum } from './enums.js';

@ObjectType({ description: 'The law under which a rights request is answered.', simpleResolvers: true })
export class RightsRequestLaw {
  @Field(() => ID, { description: 'The id of the law.' })
  id!: string;

  @Field(() => String, { description: 'The name of the law.' })
  name!: string;

  @Field(() => String, { description: 'The article or section that sets the period for an answer.' })
  source!: string;
}

@ObjectType({ description: 'A change of a rights request’s status.', simpleResolvers: true })
export class RightsRequestEvent {
  @Field(() => RightsRequestStatusEnum, { description: 'The status after the change.' })
  status!: RightsRequestStatus;

  @Field(() => DateScalar, { description: 'The day of the change.' })
  occurredOn!: Day;
}

@ObjectType({ description: 'A version of an app that a correction is about.', simpleResolvers: true })
export class CorrectedApp {
  @Field(() => String, { description: 'The platform of the app.' })
  platform!: string;

  @Field(() => String, { description: 'The version of the app.' })
  version!: string;
}

@ObjectType({
  description: 'What a request for correction is about. Exactly one field is not null.',
  simpleResolvers: true,
})
export class RightsCorrection {
  @Field(() => String, { nullable: true, description: 'The correct e-mail address.' })
  email!: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The day whose usage data does not belong to the person.',
  })
  usageOn!: Day | null;

  @Field(() => CorrectedApp, {
    nullable: true,
    description: 'The app that the person has not activated.',
  })
  app!: CorrectedApp | null;
}
