// GraphQL types of rights requests: what a person asked for, and its status.

import { Field, ID, Int, ObjectType } from 'type-graphql';
import type { ConsentPurpose } from '../../entities/consent/consent.js';
import type {
  AppealOutcome,
  DenialReason,
  ExtensionReason,
  RightsRequestChannel,
  RightsRequestKind,
  RightsRequestStatus,
  Verification,
} from '../../entities/rights/rights-request.js';
import type { Day } from '../../lib/calendar.js';
import type { Objection } from '../../services/rights/request-record.js';
import { ConsentPurposeEnum } from '../consent/consent.js';
import { DateScalar } from '../date.js';
import { Node } from '../node.js';
import {
  AppealOutcomeEnum,
  ConfirmationRequirementEnum,
  DenialReasonEnum,
  ExtensionReasonEnum,
  ObjectionEnum,
  RightsRequestChannelEnum,
  RightsRequestKindEnum,
  RightsRequestStatusEnum,
  VerificationEnum,
} from './enums.js';
import { RightsCorrection, RightsRequestLaw } from './rights-request-parts.js';

const SHOWN_TO = 'Only the person and the data protection officer can read it.';

@ObjectType({
  description: 'A rights request: what a person asks for under the GDPR or a similar law.',
  implements: Node,
  simpleResolvers: true,
})
export class RightsRequest {
  @Field(() => ID, { description: 'The id of the request. It is random.' })
  id!: string;

  @Field(() => RightsRequestKindEnum, { description: 'What the request asks for.' })
  kind!: RightsRequestKind;

  @Field(() => RightsRequestStatusEnum, { description: 'The status of the request.' })
  status!: RightsRequestStatus;

  @Field(() => RightsRequestLaw, { description: 'The law under which the request is answered.' })
  law!: RightsRequestLaw;

  @Field(() => DateScalar, { description: 'The day on which the request was received.' })
  receivedOn!: Day;

  @Field(() => RightsRequestChannelEnum, { description: 'How the request was received.' })
  channel!: RightsRequestChannel;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day on which the request must be acknowledged. It is null when the law requires no acknowledgement.',
  })
  acknowledgeBy!: Day | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day of the period for an answer. It is null while the period is paused for identity verification.',
  })
  dueOn!: Day | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The day of the outcome. It is null while the request is open.',
  })
  closedOn!: Day | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The day on which the account is erased, unless the request is withdrawn. It is null for kinds other than `DELETION`.',
  })
  erasesOn!: Day | null;

  @Field(() => ExtensionReasonEnum, {
    nullable: true,
    description: 'The reason for a longer period. It is null when the period was not extended.',
  })
  extensionReason!: ExtensionReason | null;

  @Field(() => DenialReasonEnum, {
    nullable: true,
    description: 'The reason for the denial. It is null when the request was not denied.',
  })
  denialReason!: DenialReason | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The last day on which the denial can be appealed. It is null when it cannot be appealed.',
  })
  appealBy!: Day | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The day of the appeal. It is null when there was none.',
  })
  appealedOn!: Day | null;

  @Field(() => AppealOutcomeEnum, {
    nullable: true,
    description: 'The outcome of the appeal. It is null until the appeal is decided.',
  })
  appealOutcome!: AppealOutcome | null;

  @Field(() => String, {
    nullable: true,
    description: `The person’s reasons for the appeal. ${SHOWN_TO}`,
  })
  appealStatement!: string | null;

  @Field(() => String, { nullable: true, description: `The answer to the appeal. ${SHOWN_TO}` })
  appealAnswer!: string | null;

  @Field(() => VerificationEnum, {
    nullable: true,
    description: 'How the identity of the person was verified. It is null until it is verified.',
  })
  verification!: Verification | null;

  @Field(() => String, {
    nullable: true,
    description: `The request in the person’s own words. ${SHOWN_TO}`,
  })
  statement!: string | null;

  @Field(() => RightsCorrection, {
    nullable: true,
    description: `The correction that is requested. It is null for kinds other than \`CORRECTION\`. ${SHOWN_TO}`,
  })
  correction!: RightsCorrection | null;

  @Field(() => [ObjectionEnum], {
    nullable: true,
    description: `The uses that the person objects to. It is null for kinds other than \`OBJECTION\`. ${SHOWN_TO}`,
  })
  objections!: readonly Objection[] | null;

  @Field(() => [ConsentPurposeEnum], {
    nullable: true,
    description: `The consents that the person withdraws. It is null for kinds other than \`WITHDRAWAL_OF_CONSENT\`. ${SHOWN_TO}`,
  })
  purposes!: readonly ConsentPurpose[] | null;

  @Field(() => String, { nullable: true, description: `The answer to the person. ${SHOWN_TO}` })
  answer!: string | null;

  /** The country that a reader gave who has only a reference. No field of the schema: it decides what other fields show. */
  asked?: { readonly country: string | null };
}

@ObjectType({
  description: 'The authorised agent who makes a request on behalf of a person.',
  simpleResolvers: true,
})
export class RightsRequestAgent {
  @Field(() => String, {
    nullable: true,
    description:
      'The name that the agent gave. Show it in quotation marks. It is null when a registered agent was revoked.',
  })
  name!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The agent’s confirmed e-mail address. It is null for a registered agent.',
  })
  email!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The web site of a registered agent. Follow `redirect_to` of the Data Rights Protocol only to its origin. It is null for other agents.',
  })
  webUrl!: string | null;
}

@ObjectType({
  description:
    'The rights request that a link confirms. Do not show any of its fields as a link or as markup.',
  simpleResolvers: true,
})
export class RightsRequestToConfirm {
  @Field(() => ID, {
    description: 'The id of the request. A registered agent calls it `request_id`.',
  })
  requestId!: string;

  @Field(() => RightsRequestKindEnum, { description: 'What the request asks for.' })
  kind!: RightsRequestKind;

  @Field(() => DateScalar, { description: 'The day on which the request was received.' })
  receivedOn!: Day;

  @Field(() => DateScalar, { description: 'The last day on which it can be confirmed.' })
  confirmBy!: Day;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The day on which the account is erased if the request is confirmed today. It is null for kinds other than `DELETION`.',
  })
  erasesOn!: Day | null;

  @Field(() => RightsRequestAgent, {
    nullable: true,
    description:
      'The agent who made the request. It is null when no agent did; then anyone who knows the address could have made it.',
  })
  agent!: RightsRequestAgent | null;

  @Field(() => RightsCorrection, {
    nullable: true,
    description: 'The correction that is requested. It is null for kinds other than `CORRECTION`.',
  })
  correction!: RightsCorrection | null;

  @Field(() => [ObjectionEnum], {
    nullable: true,
    description: 'The uses that are objected to. It is null for kinds other than `OBJECTION`.',
  })
  objections!: readonly Objection[] | null;

  @Field(() => [ConsentPurposeEnum], {
    nullable: true,
    description: 'The consents that are withdrawn. It is null for kinds other than `WITHDRAWAL_OF_CONSENT`.',
  })
  purposes!: readonly ConsentPurpose[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'The request in the words of the person who made it, who may be a stranger.',
  })
  statement!: string | null;

  @Field(() => ConfirmationRequirementEnum, {
    nullable: true,
    description: 'What confirms the request besides the link. It is null when the link is enough.',
  })
  requires!: 'sign-in' | 'second-factor' | null;
}

@ObjectType({
  description: 'The data export that answers a rights request: a ZIP file.',
  simpleResolvers: true,
})
export class RightsExport {
  @Field(() => Int, { description: 'How much of the export has been built, in percent.' })
  progressPercent!: number;

  @Field(() => Int, {
    nullable: true,
    description: 'The size of the export in bytes. It is null until the export is complete.',
  })
  bytes!: number | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day on which the export can be downloaded. It is null until the export is complete.',
  })
  lastDay!: Day | null;
}
