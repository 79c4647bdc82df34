// GraphQL inputs and payloads of rights requests, for the people who make them.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import type { ConsentPurpose } from '../../entities/consent/consent.js';
import type { RightsRequestKind } from '../../entities/rights/rights-request.js';
import type { Day } from '../../lib/calendar.js';
import type { Objection } from '../../services/rights/request-record.js';
import { ConsentPurposeEnum } from '../consent/consent.js';
import { DateScalar } from '../date.js';
import { OneOf } from '../one-of.js';
import { Payload, payloadOf } from '../payload.js';
import { ObjectionEnum, RightsRequestKindEnum } from './enums.js';
import { RightsRequest } from './rights-request.js';

/** The base of the payloads that return a request. */
@ObjectType({ simpleResolvers: true })
export abstract class RightsRequestPayload extends Payload {
  @Field(() => RightsRequest, { nullable: true, description: 'The request after the change.' })
  rightsRequest?: RightsRequest | null;
}

@InputType({ description: 'An app that the person has not activated.' })
export class CorrectedAppInput {
  @Field(() => String, { description: 'The platform of the app.' })
  platform!: string;

  @Field(() => String, { description: 'The version of the app.' })
  version!: string;
}

@OneOf()
@InputType({ description: 'What a request for correction is about. Exactly one field is given.' })
export class RightsCorrectionInput {
  @Field(() => String, {
    nullable: true,
    description: 'The correct e-mail address, when the person has lost access to the mailbox of the account.',
  })
  email?: string | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The day whose usage data does not belong to the person.',
  })
  usageOn?: Day | null;

  @Field(() => CorrectedAppInput, {
    nullable: true,
    description: 'The app that the person has not activated.',
  })
  app?: CorrectedAppInput | null;
}

@InputType({ description: 'An authorised agent who makes a request on behalf of a person.' })
export class RightsAgentInput {
  @Field(() => String, {
    description:
      'The name of the agent, with at most 60 characters: letters, at most four digits, spaces and some punctuation. The person sees it in quotation marks.',
  })
  name!: string;

  @Field(() => String, { description: 'The e-mail address of the agent.' })
  email!: string;
}

/** What every rights request can ask for. */
@InputType()
export abstract class RightsRequestInput {
  @Field(() => RightsRequestKindEnum, { description: 'What the request asks for.' })
  kind!: RightsRequestKind;

  @Field(() => String, {
    nullable: true,
    description:
      'The country of residence (ISO 3166-1 alpha-2). It is ignored in a request about the viewer, whose account has a country.',
  })
  country?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The state of residence in the United States, such as `CA`.',
  })
  usState?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The request in the person’s own words: at most 4000 characters. `COMPLAINT` requires it.',
  })
  statement?: string | null;

  @Field(() => RightsCorrectionInput, {
    nullable: true,
    description: 'The correction. `CORRECTION` requires it.',
  })
  correction?: RightsCorrectionInput | null;

  @Field(() => [ObjectionEnum], {
    nullable: true,
    description: 'The uses that the person objects to. `OBJECTION` requires them.',
  })
  objections?: Objection[] | null;

  @Field(() => [ConsentPurposeEnum], {
    nullable: true,
    description: 'The consents that the person withdraws. `WITHDRAWAL_OF_CONSENT` requires them.',
  })
  purposes?: ConsentPurpose[] | null;
}

@InputType({ description: 'The input of `submitRightsRequest`.' })
export class SubmitRightsRequestInput extends RightsRequestInput {
  @Field(() => String, {
    nullable: true,
    description:
      'The e-mail address of the person whom the request is about. Without it, the request is about the viewer, who must have ' +
      'shown a fresh factor. Opting out of sale and sharing requires no fresh factor.',
  })
  email?: string | null;

  @Field(() => RightsAgentInput, {
    nullable: true,
    description:
      'The agent who makes the request. The agent confirms the e-mail address with a link, and sends the signed permission as the ' +
      'body of `PUT /rights-requests/permission` with the reference as `Authorization: Bearer`: a PDF, PNG or JPEG of at most 10 MiB.',
  })
  agent?: RightsAgentInput | null;
}

@ObjectType(payloadOf('submitRightsRequest'))
export class SubmitRightsRequestPayload extends RightsRequestPayload {
  @Field(() => String, {
    nullable: true,
    description:
      'The reference of the request, which is returned only here. It gives access to the status (`rightsRequest`), and as ' +
      '`Authorization: Bearer` to `PUT /rights-requests/permission` and `PUT /rights-requests/evidence`.',
  })
  reference?: string | null;
}

@InputType({ description: 'The input of `confirmRightsAgent`.' })
export class ConfirmRightsAgentInput {
  @Field(() => String, { description: 'The token of the link that was sent to the agent.' })
  token!: string;
}

@ObjectType(payloadOf('confirmRightsAgent'))
export class ConfirmRightsAgentPayload extends Payload {}

@OneOf()
@InputType({ description: 'The input of `confirmRightsRequest`. Exactly one field is given.' })
export class ConfirmRightsRequestInput {
  @Field(() => String, { nullable: true, description: 'The token of the link.' })
  token?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'The id of a request about the viewer, who must have shown a fresh factor.',
  })
  id?: string | null;
}

@ObjectType(payloadOf('confirmRightsRequest'))
export class ConfirmRightsRequestPayload extends RightsRequestPayload {}

@InputType({ description: 'The input of `sendRightsRequestLink`.' })
export class SendRightsRequestLinkInput {
  @Field(() => String, { description: 'The reference that `submitRightsRequest` returned.' })
  reference!: string;
}

@ObjectType(payloadOf('sendRightsRequestLink'))
export class SendRightsRequestLinkPayload extends Payload {}

@OneOf()
@InputType({ description: 'The input of `withdrawRightsRequest`. Exactly one field is given.' })
export class WithdrawRightsRequestInput {
  @Field(() => ID, { nullable: true, description: 'The id of a request of the viewer.' })
  id?: string | null;

  @Field(() => String, { nullable: true, description: 'The reference that `submitRightsRequest` returned.' })
  reference?: string | null;
}

@ObjectType(payloadOf('withdrawRightsRequest'))
export class WithdrawRightsRequestPayload extends RightsRequestPayload {}

@InputType({ description: 'The input of `appealRightsRequest`.' })
export class AppealRightsRequestInput {
  @Field(() => ID, { description: 'The id of a request of the viewer that was denied.' })
  id!: string;

  @Field(() => String, { description: 'The reasons for the appeal: at most 4000 characters.' })
  statement!: string;
}

@ObjectType(payloadOf('appealRightsRequest'))
export class AppealRightsRequestPayload extends RightsRequestPayload {}

@InputType({ description: 'The input of `downloadExport`.' })
export class DownloadExportInput {
  @Field(() => ID, { description: 'The id of the request that the export answers.' })
  id!: string;
}

@ObjectType(payloadOf('downloadExport'))
export class DownloadExportPayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description: 'The download link: a path on the host of this API. It is valid for five minutes.',
  })
  path?: string | null;
}

@ObjectType(payloadOf('liftRestriction'))
export class LiftRestrictionPayload extends Payload {}

@ObjectType(payloadOf('withdrawStatisticsObjection'))
export class WithdrawStatisticsObjectionPayload extends Payload {}
