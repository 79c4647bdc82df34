// GraphQL types of the data protection officers' case queue.
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type {
  AppealOutcome,
  DenialReason,
  EnteredChannel,
  ExtensionReason,
  RightsRequestStatus,
  Verification,
} from '../../entities/rights/rights-request.js';
import type { Day } from '../../lib/calendar.js';
import { connectionOf, edgeOf, PageArgs } from '../connection.js';
import { DateScalar } from '../date.js';
import { Node } from '../node.js';
import {
  AppealOutcomeEnum,
  DenialReasonEnum,
  ExtensionReasonEnum,
  enumOf,
  RightsRequest,
  RightsRequestInput,
  RightsRequestStatusEnum,
  VerificationEnum,
} from './rights-request.js';

@ObjectType({
  description: 'A permission or evidence; gone with the decision.',
  implements: Node,
  simpleResolvers: true,
})
export class RightsDocument {
  @Field(() => ID, { description: 'Names the document.' })
  id!: string;

  @Field(() => String, { description: '`permission` or `evidence`.' })
  kind!: string;

  @Field(() => String, { description: 'As its content shows: PDF, PNG or JPEG.' })
  mediaType!: string;

  @Field(() => Int, { description: 'Its size.' })
  bytes!: number;
}

@ObjectType({ description: 'The data protection officer who answers for a request.', simpleResolvers: true })
class Officer {
  @Field(() => ID, { description: 'The account’s id; `assignRightsRequest` asks for it.' })
  account!: string;

  @Field(() => String, { description: 'The account’s e-mail address.' })
  email!: string;
}

@ObjectType({ description: 'A request, and what is needed to answer it.', simpleResolvers: true })
class RightsRequestEdge extends edgeOf(RightsRequest) {
  @Field(() => String, {
    nullable: true,
    description: 'The address that it is about; null when the person is gone.',
  })
  email!: string | null;

  @Field(() => String, { nullable: true, description: 'What the agent is called who asks for the person.' })
  agent!: string | null;

  @Field(() => [RightsDocument], {
    description: 'What was sent with it: `GET /rights-requests/documents/ID`, with the session.',
  })
  documents!: RightsDocument[];

  @Field(() => Boolean, { description: 'Whether the viewer has taken it.' })
  takenByViewer!: boolean;

  @Field(() => Officer, { nullable: true, description: 'Who has taken it; null when nobody has.' })
  officer!: Officer | null;

  @Field(() => Officer, {
    nullable: true,
    description: 'Who has entered it, of a request that came by mail or by telephone.',
  })
  enteredBy!: Officer | null;
}

@ObjectType({ description: 'A page of the queue, by last day.', simpleResolvers: true })
export class RightsRequestConnection extends connectionOf(RightsRequestEdge) {}

@ArgsType()
export class RightsRequestsArgs extends PageArgs {
  @Field(() => RightsRequestStatusEnum, {
    nullable: true,
    description: 'Those of one status; without it, all that have no outcome yet.',
  })
  status?: RightsRequestStatus | null;
}

const EnteredChannelEnum = enumOf<EnteredChannel>(
  {
    email: 'By e-mail to the data protection officer.',
    letter: 'By letter.',
    telephone: 'By telephone.',
  },
  'EnteredChannel',
  'How a request came that the data protection officer enters.',
);

@InputType({ description: 'A request that came by e-mail, by letter or by telephone.' })
export class EnterRightsRequestInput extends RightsRequestInput {
  @Field(() => String, { description: 'The e-mail address that it is about, with or without an account.' })
  email!: string;

  @Field(() => EnteredChannelEnum, { description: 'How it came.' })
  channel!: EnteredChannel;

  @Field(() => DateScalar, {
    description: 'The day on which it came, at most a year ago: the time for an answer runs from it.',
  })
  receivedOn!: Day;
}

@InputType({ description: 'A request that the viewer answers for from now on.' })
export class TakeRightsRequestInput {
  @Field(() => ID, { description: 'The request.' })
  id!: string;
}

@InputType({ description: 'A request that the viewer does not answer for any more.' })
export class ReleaseRightsRequestInput {
  @Field(() => ID, { description: 'The request.' })
  id!: string;
}

@InputType({ description: 'A request that another officer answers for from now on.' })
export class AssignRightsRequestInput {
  @Field(() => ID, { description: 'The request.' })
  id!: string;

  @Field(() => ID, { description: 'The officer’s account, out of `staff(role: DPO)`.' })
  officer!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The account of the officer who has it, as the caller sees it; absent when nobody has.',
  })
  holder?: string | null;
}

@InputType({ description: 'How it was shown that the person asks.' })
export class VerifyRightsRequestInput {
  @Field(() => ID, { description: 'The request.' })
  id!: string;

  @Field(() => VerificationEnum, { description: 'One of those that are recorded.' })
  verification!: Verification;
}

@InputType({ description: 'A request whose answer takes longer.' })
export class ExtendRightsRequestInput {
  @Field(() => ID, { description: 'The request.' })
  id!: string;

  @Field(() => ExtensionReasonEnum, { description: 'Why; the person is told.' })
  reason!: ExtensionReason;
}

@InputType({ description: 'A request that is granted.' })
export class FulfilRightsRequestInput {
  @Field(() => ID, { description: 'The request.' })
  id!: string;

  @Field(() => String, {
    nullable: true,
    description: 'To the person, at most 4000 characters; a complaint must have one.',
  })
  answer?: string | null;
}

@InputType({ description: 'A request that is not granted.' })
export class DenyRightsRequestInput {
  @Field(() => ID, { description: 'The request.' })
  id!: string;

  @Field(() => DenialReasonEnum, {
    description: 'Why; the person is told, and who decides if they disagree.',
  })
  reason!: DenialReason;

  @Field(() => String, { nullable: true, description: 'To the person, at most 4000 characters.' })
  answer?: string | null;
}

@InputType({ description: 'What is decided about an appeal.' })
export class AnswerAppealInput {
  @Field(() => ID, { description: 'The request.' })
  id!: string;

  @Field(() => AppealOutcomeEnum, { description: 'Whether the denial stands.' })
  outcome!: AppealOutcome;

  @Field(() => String, { description: 'Why; to the person, at most 4000 characters.' })
  answer!: string;
}
