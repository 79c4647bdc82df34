// GraphQL types of the case queue: the rights requests that data protection officers answer.
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type {
  AppealOutcome,
  DenialReason,
  EnteredChannel,
  ExtensionReason,
  RightsRequestStatus,
} from '../../entities/rights/rights-request.js';
import type { Day } from '../../lib/calendar.js';
import { connectionOf, edgeOf, PageArgs } from '../connection.js';
import { DateScalar } from '../date.js';
import { Node } from '../node.js';
import { payloadOf } from '../payload.js';
import {
  AppealOutcomeEnum,
  DenialReasonEnum,
  EnteredChannelEnum,
  ExtensionReasonEnum,
  type RecordedVerification,
  RecordedVerificationEnum,
  RightsRequestStatusEnum,
} from './enums.js';
import { RightsRequest } from './rights-request.js';
import { RightsRequestInput, RightsRequestPayload } from './rights-request-inputs.js';

@ObjectType({
  description: 'A document that was sent with a rights request. It is deleted when the request is decided.',
  implements: Node,
  simpleResolvers: true,
})
export class RightsDocument {
  @Field(() => ID, { description: 'The id of the document.' })
  id!: string;

  @Field(() => String, { description: 'The kind of document: `permission` or `evidence`.' })
  kind!: string;

  @Field(() => String, { description: 'The media type, by its content: a PDF, PNG or JPEG.' })
  mediaType!: string;

  @Field(() => Int, { description: 'The size of the document in bytes.' })
  bytes!: number;
}

@ObjectType({ description: 'A data protection officer.', simpleResolvers: true })
export class DataProtectionOfficer {
  @Field(() => ID, { description: 'The id of the officer’s account.' })
  accountId!: string;

  @Field(() => String, { description: 'The e-mail address of the account.' })
  email!: string;
}

@ObjectType({
  description: 'A rights request in the case queue, and what an officer needs to answer it.',
  simpleResolvers: true,
})
class RightsRequestEdge extends edgeOf(RightsRequest) {
  @Field(() => String, {
    nullable: true,
    description: 'The e-mail address that the request is about. It is null when the account was closed.',
  })
  email!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The name of the agent who made the request. It is null when no agent did.',
  })
  agentName!: string | null;

  @Field(() => [RightsDocument], {
    description:
      'The documents that were sent with the request. `GET /rights-requests/documents/ID` returns one, with the session.',
  })
  documents!: RightsDocument[];

  @Field(() => Boolean, { description: 'Whether the viewer has taken the request.' })
  takenByViewer!: boolean;

  @Field(() => DataProtectionOfficer, {
    nullable: true,
    description: 'The officer who has taken the request. It is null when nobody has.',
  })
  takenBy!: DataProtectionOfficer | null;

  @Field(() => DataProtectionOfficer, {
    nullable: true,
    description:
      'The officer who entered the request (`enterRightsRequest`). It is null when the request was made online.',
  })
  enteredBy!: DataProtectionOfficer | null;
}

@ObjectType({ description: 'A page of the case queue.', simpleResolvers: true })
export class RightsRequestConnection extends connectionOf(RightsRequestEdge) {}

@ArgsType()
export class RightsRequestsArgs extends PageArgs {
  @Field(() => RightsRequestStatusEnum, {
    nullable: true,
    description: 'Only requests with this status. The default is all open requests.',
  })
  status?: RightsRequestStatus | null;
}

@InputType({ description: 'The input of `enterRightsRequest`.' })
export class EnterRightsRequestInput extends RightsRequestInput {
  @Field(() => String, {
    description: 'The e-mail address that the request is about. It may have no account.',
  })
  email!: string;

  @Field(() => EnteredChannelEnum, { description: 'How the request was received.' })
  channel!: EnteredChannel;

  @Field(() => DateScalar, {
    description:
      'The day on which the request was received, at most a year ago. The period for an answer begins on it.',
  })
  receivedOn!: Day;
}

@ObjectType(payloadOf('enterRightsRequest'))
export class EnterRightsRequestPayload extends RightsRequestPayload {
  @Field(() => String, {
    nullable: true,
    description: 'The reference of the request, which is returned only here. Give it to the person.',
  })
  reference?: string | null;
}

/** The base of the inputs that name a request. */
@InputType()
abstract class RequestInput {
  @Field(() => ID, { description: 'The id of the request.' })
  id!: string;
}

@InputType({ description: 'The input of `takeRightsRequest`.' })
export class TakeRightsRequestInput extends RequestInput {}

@ObjectType(payloadOf('takeRightsRequest'))
export class TakeRightsRequestPayload extends RightsRequestPayload {}

@InputType({ description: 'The input of `releaseRightsRequest`.' })
export class ReleaseRightsRequestInput extends RequestInput {}

@ObjectType(payloadOf('releaseRightsRequest'))
export class ReleaseRightsRequestPayload extends RightsRequestPayload {}

@InputType({ description: 'The input of `assignRightsRequest`.' })
export class AssignRightsRequestInput extends RequestInput {
  @Field(() => ID, {
    description: 'The account id of the officer who gets the request, as `staff(role: DPO)` returns it.',
  })
  officerId!: string;

  @Field(() => ID, {
    nullable: true,
    description:
      'The account id of the officer who has the request, as the caller has read it. It is null when nobody has it. If it has ' +
      'changed, the mutation returns `CONFLICT`.',
  })
  currentOfficerId?: string | null;
}

@ObjectType(payloadOf('assignRightsRequest'))
export class AssignRightsRequestPayload extends RightsRequestPayload {}

@InputType({ description: 'The input of `verifyRightsRequest`.' })
export class VerifyRightsRequestInput extends RequestInput {
  @Field(() => RecordedVerificationEnum, { description: 'How the identity of the person was verified.' })
  verification!: RecordedVerification;
}

@ObjectType(payloadOf('verifyRightsRequest'))
export class VerifyRightsRequestPayload extends RightsRequestPayload {}

@InputType({ description: 'The input of `extendRightsRequest`.' })
export class ExtendRightsRequestInput extends RequestInput {
  @Field(() => ExtensionReasonEnum, { description: 'The reason. The person is notified of it.' })
  reason!: ExtensionReason;
}

@ObjectType(payloadOf('extendRightsRequest'))
export class ExtendRightsRequestPayload extends RightsRequestPayload {}

@InputType({ description: 'The input of `fulfilRightsRequest`.' })
export class FulfilRightsRequestInput extends RequestInput {
  @Field(() => String, {
    nullable: true,
    description: 'The answer to the person: at most 4000 characters. `COMPLAINT` requires it.',
  })
  answer?: string | null;
}

@ObjectType(payloadOf('fulfilRightsRequest'))
export class FulfilRightsRequestPayload extends RightsRequestPayload {}

@InputType({ description: 'The input of `denyRightsRequest`.' })
export class DenyRightsRequestInput extends RequestInput {
  @Field(() => DenialReasonEnum, { description: 'The reason. The person is notified of it.' })
  reason!: DenialReason;

  @Field(() => String, { nullable: true, description: 'The answer to the person: at most 4000 characters.' })
  answer?: string | null;
}

@ObjectType(payloadOf('denyRightsRequest'))
export class DenyRightsRequestPayload extends RightsRequestPayload {}

@InputType({ description: 'The input of `answerAppeal`.' })
export class AnswerAppealInput extends RequestInput {
  @Field(() => AppealOutcomeEnum, { description: 'The outcome of the appeal.' })
  outcome!: AppealOutcome;

  @Field(() => String, { description: 'The answer to the person: at most 4000 characters.' })
  answer!: string;
}

@ObjectType(payloadOf('answerAppeal'))
export class AnswerAppealPayload extends RightsRequestPayload {}
