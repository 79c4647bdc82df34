// GraphQL types of rights requests: what people ask of a controller, and what becomes of it.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
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
import { UserError } from '../user-error.js';

/** Names in capitals with underscores, as GraphQL writes those with hyphens. */
export function enumOf<T extends string>(
  values: Readonly<Record<T, string>>,
  name: string,
  description: string,
) {
  const names = Object.keys(values) as T[];
  const nameOf = (value: T) => value.toUpperCase().replaceAll('-', '_');
  const type = Object.fromEntries(names.map((value) => [nameOf(value), value])) as Record<string, T>;
  const valuesConfig = Object.fromEntries(
    names.map((value) => [nameOf(value), { description: values[value] }]),
  );
  registerEnumType(type, { name, description, valuesConfig });
  return type;
}

const RightsRequestKindEnum = enumOf<RightsRequestKind>(
  {
    access: 'A copy of everything that is kept about the person (GDPR, Article 15).',
    correction: 'What is wrong and cannot be changed by the person themselves is put right (Article 16).',
    deletion: 'The account and all that belongs to it is erased (Article 17), after seven days.',
    restriction: 'What there is is kept, and used for nothing else (Article 18).',
    objection: 'Uses that the person names end (Article 21).',
    portability: 'The same copy, for another service (Article 20).',
    'withdrawal-of-consent': 'Consents that the person names end (Article 7(3)).',
    complaint: 'Something was done wrong, and is to be answered for.',
  },
  'RightsRequestKind',
  'What is asked.',
);

export const RightsRequestStatusEnum = enumOf<RightsRequestStatus>(
  {
    submitted: 'It has come; an agent’s permission is awaited.',
    'identity-required': 'The person has been written to, and is to show that they ask.',
    'in-progress': 'It is being answered.',
    extended: 'It is being answered, and takes longer.',
    fulfilled: 'It is done.',
    denied: 'It was denied, for a reason.',
    appealed: 'It was denied, the person has appealed, and the appeal is to be answered.',
    withdrawn: 'Whoever asked has taken it back.',
    expired: 'Nobody has shown that the person asks.',
    erased: 'The account was erased before there was another outcome.',
  },
  'RightsRequestStatus',
  'How far a request is.',
);

export const DenialReasonEnum = enumOf<DenialReason>(
  {
    'identity-not-verified': 'It was not shown that the person asks.',
    'no-data-found': 'Nothing is kept about the person.',
    'manifestly-unfounded': 'It is manifestly unfounded (GDPR, Article 12(5)).',
    excessive: 'It is excessive, such as by its repetition (Article 12(5)).',
    'legal-obligation': 'A law asks that the data be kept (Article 17(3)(b)).',
    'legal-claims': 'The data is needed for legal claims (Article 17(3)(e)).',
    'rights-of-others': 'It would adversely affect others (Article 15(4)).',
    'data-accurate': 'The data is right as it is.',
    'not-covered': 'The law gives no such right here.',
    'fraud-suspected': 'Somebody else seems to ask.',
    'permission-missing': 'The agent has sent no signed permission.',
    'permission-unsigned': 'The agent’s permission is not signed.',
    'permission-expired': 'The agent’s permission has ended.',
    'permission-forged': 'The agent’s permission is not genuine.',
  },
  'DenialReason',
  'Why a request was denied.',
);

export const AppealOutcomeEnum = enumOf<AppealOutcome>(
  { upheld: 'The denial stands.', reversed: 'What was asked is granted after all.' },
  'AppealOutcome',
  'What became of an appeal.',
);

export const ExtensionReasonEnum = enumOf<ExtensionReason>(
  {
    complexity: 'It is complex.',
    'number-of-requests': 'There are many requests.',
  },
  'ExtensionReason',
  'Why an answer takes longer (GDPR, Article 12(3)).',
);

export const VerificationEnum = enumOf<Verification>(
  {
    'fresh-factor': 'The signed-in person has shown a factor.',
    mailbox: 'A link to the account’s own address was opened.',
    agent: 'An authorised agent says so, where the law lets nobody ask for more.',
    'not-needed': 'It was not: opting out of sale and sharing needs no identification (11 CCR § 7060(b)).',
    'recorded-call': 'Staff have spoken with the person.',
    'recorded-document': 'Staff have seen a document.',
    'recorded-power-of-attorney': 'Staff have seen a power of attorney.',
  },
  'RightsRequestVerification',
  'How it was shown that the person asks.',
);

const RightsRequestChannelEnum = enumOf<RightsRequestChannel>(
  {
    online: 'Through the portal or an agent’s server.',
    email: 'By e-mail to the data protection officer.',
    letter: 'By letter.',
    telephone: 'By telephone.',
  },
  'RightsRequestChannel',
  'How a request came.',
);

const ObjectionEnum = enumOf<Objection>(
  {
    marketing: 'Marketing mail.',
    statistics: 'Usage statistics: nothing new is written.',
    diagnostics: 'Application diagnostics.',
    'sale-or-sharing': 'Sharing with others, and cookies for analytics and advertising.',
  },
  'Objection',
  'A use that a person can object to.',
);

const CorrectionFieldEnum = enumOf<'email' | 'usage' | 'app'>(
  {
    email: 'The e-mail address, when its mailbox is lost.',
    usage: 'The usage of one day, which is not the person’s.',
    app: 'An app’s version that the person has not activated.',
  },
  'CorrectionField',
  'What can be corrected on request; everything else people change themselves.',
);

@ObjectType({ description: 'The law that a request is answered under.', simpleResolvers: true })
export class RightsRequestLaw {
  @Field(() => ID, { description: 'Names the law.' })
  id!: string;

  @Field(() => String, { description: 'What the law is called.' })
  name!: string;

  @Field(() => String, { description: 'Where the time for an answer stands in it.' })
  source!: string;
}

@ObjectType({ description: 'What became of a request on a day.', simpleResolvers: true })
export class RightsRequestEvent {
  @Field(() => RightsRequestStatusEnum, { description: 'How far it was then.' })
  status!: RightsRequestStatus;

  @Field(() => DateScalar, { description: 'On which day.' })
  day!: Day;
}

@ObjectType({ description: 'What is wrong, and what is right.', simpleResolvers: true })
export class RightsCorrection {
  @Field(() => CorrectionFieldEnum, { description: 'What is wrong.' })
  field!: 'email' | 'usage' | 'app';

  @Field(() => String, { nullable: true, description: 'Of an e-mail address: the right one.' })
  value?: string;

  @Field(() => DateScalar, { nullable: true, description: 'Of usage: the day.' })
  day?: Day;

  @Field(() => String, { nullable: true, description: 'Of an app: its platform.' })
  platform?: string;

  @Field(() => String, { nullable: true, description: 'Of an app: its version.' })
  version?: string;
}

@ObjectType({
  description: 'Something that a person asks of us by right.',
  implements: Node,
  simpleResolvers: true,
})
export class RightsRequest {
  @Field(() => ID, { description: 'Random; tells nothing about the person.' })
  id!: string;

  @Field(() => RightsRequestKindEnum, { description: 'What is asked.' })
  kind!: RightsRequestKind;

  @Field(() => RightsRequestStatusEnum, { description: 'How far it is.' })
  status!: RightsRequestStatus;

  @Field(() => RightsRequestLaw, { description: 'Which clock counts.' })
  law!: RightsRequestLaw;

  @Field(() => DateScalar, { description: 'The day on which it came.' })
  receivedOn!: Day;

  @Field(() => RightsRequestChannelEnum, { description: 'How it came.' })
  channel!: RightsRequestChannel;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The last day on which the law lets us acknowledge it; null where it asks for nothing.',
  })
  acknowledgeBy!: Day | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The last day of an answer in time; null while the clock stands still for identification.',
  })
  dueOn!: Day | null;

  @Field(() => DateScalar, { nullable: true, description: 'The day of the outcome.' })
  closedOn!: Day | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Of a deletion: the day on which it is carried out, unless it is withdrawn before.',
  })
  erasesOn!: Day | null;

  @Field(() => ExtensionReasonEnum, { nullable: true, description: 'Why the answer takes longer.' })
  extensionReason!: ExtensionReason | null;

  @Field(() => DenialReasonEnum, { nullable: true, description: 'Why it was denied.' })
  denialReason!: DenialReason | null;

  @Field(() => DateScalar, {
    nullable: true,
    description:
      'The last day on which the denial can be appealed; null where the law gives no appeal (any more).',
  })
  appealBy!: Day | null;

  @Field(() => DateScalar, { nullable: true, description: 'The day on which it was appealed.' })
  appealedOn!: Day | null;

  @Field(() => AppealOutcomeEnum, { nullable: true, description: 'What became of the appeal.' })
  appealOutcome!: AppealOutcome | null;

  @Field(() => String, {
    nullable: true,
    description: 'What the person says against the denial; as the statement.',
  })
  appealStatement!: string | null;

  @Field(() => String, { nullable: true, description: 'What we have answered to it; as the statement.' })
  appealAnswer!: string | null;

  @Field(() => VerificationEnum, { nullable: true, description: 'How it was shown that the person asks.' })
  verification!: Verification | null;

  @Field(() => String, {
    nullable: true,
    description: 'The person’s own words; for them and the data protection officer alone.',
  })
  statement!: string | null;

  @Field(() => RightsCorrection, { nullable: true, description: 'Of a correction; as the statement.' })
  correction!: RightsCorrection | null;

  @Field(() => [ObjectionEnum], { nullable: true, description: 'Of an objection; as the statement.' })
  objections!: readonly Objection[] | null;

  @Field(() => [ConsentPurposeEnum], { nullable: true, description: 'Of a withdrawal; as the statement.' })
  purposes!: readonly ConsentPurpose[] | null;

  @Field(() => String, { nullable: true, description: 'What we have answered; as the statement.' })
  answer!: string | null;

  /** Of a reader who has only a reference: the country that they gave. No field: it decides what other fields show. */
  asked?: { readonly country: string | null };
}

@ObjectType({ description: 'Who asks for the person.', simpleResolvers: true })
export class RightsRequestAgent {
  @Field(() => String, {
    nullable: true,
    description:
      'What the agent calls itself; show it in quotation marks. Null when it is not in the register any more.',
  })
  name!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'Its e-mail address, which a link has confirmed; null of a registered agent.',
  })
  email!: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The web site of a registered agent: `redirect_to` of the Data Rights Protocol is followed to its origin alone.',
  })
  webUrl!: string | null;
}

const ConfirmationNeedEnum = enumOf<'sign-in' | 'second-factor'>(
  {
    'sign-in': 'The link alone does not confirm it: sign in, and show a factor again.',
    'second-factor': 'The account has a second factor: sign in with it, and show a factor again.',
  },
  'RightsConfirmationNeed',
  'What confirms a request besides the mailed link.',
);

@ObjectType({
  description:
    'What a mailed link confirms, before it does. Nothing of it may be shown as a link or as markup.',
  simpleResolvers: true,
})
export class RightsRequestToConfirm {
  @Field(() => ID, { description: 'The request; a registered agent names it as `request_id`.' })
  requestId!: string;

  @Field(() => RightsRequestKindEnum, { description: 'What is asked.' })
  kind!: RightsRequestKind;

  @Field(() => DateScalar, { description: 'The day on which it came.' })
  receivedOn!: Day;

  @Field(() => DateScalar, { description: 'The last day on which it can be confirmed.' })
  confirmBy!: Day;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'Of a deletion: the day on which everything is deleted, if it is confirmed today.',
  })
  erasesOn!: Day | null;

  @Field(() => RightsRequestAgent, {
    nullable: true,
    description: 'Who asks for the person; null: somebody who gave the address, perhaps the person.',
  })
  agent!: RightsRequestAgent | null;

  @Field(() => RightsCorrection, { nullable: true, description: 'Of a correction.' })
  correction!: RightsCorrection | null;

  @Field(() => [ObjectionEnum], { nullable: true, description: 'Of an objection.' })
  objections!: readonly Objection[] | null;

  @Field(() => [ConsentPurposeEnum], { nullable: true, description: 'Of a withdrawal.' })
  purposes!: readonly ConsentPurpose[] | null;

  @Field(() => String, {
    nullable: true,
    description: 'In the words of the person who asks, which may be a stranger.',
  })
  statement!: string | null;

  @Field(() => ConfirmationNeedEnum, {
    nullable: true,
    description: 'What confirms it besides the link; null when the link is enough.',
  })
  needs!: 'sign-in' | 'second-factor' | null;
}

@InputType({ description: 'An agent that shows its own address.' })
export class ConfirmRightsAgentInput {
  @Field(() => String, { description: 'The token of the link that was mailed to the agent.' })
  token!: string;
}

@ObjectType({ description: 'Whether the address was confirmed.', simpleResolvers: true })
export class ConfirmRightsAgentPayload {
  @Field(() => [UserError], { description: 'Empty when it was.' })
  userErrors!: UserError[];
}

@InputType({ description: 'What is wrong, and what is right.' })
export class RightsCorrectionInput {
  @Field(() => CorrectionFieldEnum, { description: 'What is wrong.' })
  field!: 'email' | 'usage' | 'app';

  @Field(() => String, { nullable: true, description: 'Of an e-mail address: the right one.' })
  value?: string | null;

  @Field(() => DateScalar, { nullable: true, description: 'Of usage: the day.' })
  day?: Day | null;

  @Field(() => String, { nullable: true, description: 'Of an app: its platform.' })
  platform?: string | null;

  @Field(() => String, { nullable: true, description: 'Of an app: its version.' })
  version?: string | null;
}

@InputType({ description: 'Who asks for somebody else.' })
export class RightsAgentInput {
  @Field(() => String, {
    description:
      'What the agent calls itself: letters, spaces and a few marks, at most 60. The person is shown it in quotation marks.',
  })
  name!: string;

  @Field(() => String, { description: 'The agent’s own e-mail address.' })
  email!: string;
}

/** What is asked, and by whom. */
@InputType()
export class RightsRequestInput {
  @Field(() => RightsRequestKindEnum, { description: 'What is asked.' })
  kind!: RightsRequestKind;

  @Field(() => String, {
    nullable: true,
    description: 'Where the person lives (ISO 3166-1 alpha-2); of the viewer the account knows it.',
  })
  country?: string | null;

  @Field(() => String, { nullable: true, description: 'In the United States: the state, such as `CA`.' })
  usState?: string | null;

  @Field(() => String, { nullable: true, description: 'In the person’s own words, at most 4000 characters.' })
  statement?: string | null;

  @Field(() => RightsCorrectionInput, { nullable: true, description: 'Of a correction.' })
  correction?: RightsCorrectionInput | null;

  @Field(() => [ObjectionEnum], { nullable: true, description: 'Of an objection.' })
  objections?: Objection[] | null;

  @Field(() => [ConsentPurposeEnum], { nullable: true, description: 'Of a withdrawal of consent.' })
  purposes?: ConsentPurpose[] | null;
}

@InputType({ description: 'What is asked, by whom, for whom.' })
export class SubmitRightsRequestInput extends RightsRequestInput {
  @Field(() => String, {
    nullable: true,
    description:
      'The e-mail address that it is about, of anyone who is not signed in, or of somebody else. Absent: the viewer, who has shown a factor minutes ago; to opt out of sale and sharing nobody has to.',
  })
  email?: string | null;

  @Field(() => RightsAgentInput, {
    nullable: true,
    description:
      'Who asks for the person: it confirms its address by a mailed link. The signed permission follows as the body of `PUT /rights-requests/permission`, with the header `Authorization: Bearer` and the reference: a PDF, PNG or JPEG of at most 10 MiB.',
  })
  agent?: RightsAgentInput | null;
}

@ObjectType({ description: 'The request, or why there is none.', simpleResolvers: true })
export class SubmitRightsRequestPayload {
  @Field(() => RightsRequest, { nullable: true, description: 'Null when the input was refused.' })
  request!: RightsRequest | null;

  @Field(() => String, {
    nullable: true,
    description:
      'With it, anyone who asked sees the status and goes on later: `rightsRequest`, and as `Authorization: Bearer` the documents of the request, `PUT /rights-requests/permission` and `PUT /rights-requests/evidence`. It is shown only now.',
  })
  reference!: string | null;

  @Field(() => [UserError], { description: 'Empty when the request was taken.' })
  userErrors!: UserError[];
}

@InputType({ description: 'A request that the person says is their own: exactly one of both.' })
export class ConfirmRightsRequestInput {
  @Field(() => String, { nullable: true, description: 'The token of the link that was mailed.' })
  token?: string | null;

  @Field(() => ID, {
    nullable: true,
    description: 'A request about the viewer, who has shown a factor minutes ago.',
  })
  id?: string | null;
}

@InputType({ description: 'A request of which somebody wants another link.' })
export class SendRightsRequestLinkInput {
  @Field(() => String, { description: 'What `submitRightsRequest` gave.' })
  reference!: string;
}

@InputType({ description: 'A request that is taken back: exactly one of both.' })
export class WithdrawRightsRequestInput {
  @Field(() => ID, { nullable: true, description: 'One of the viewer’s own.' })
  id?: string | null;

  @Field(() => String, { nullable: true, description: 'What `submitRightsRequest` gave.' })
  reference?: string | null;
}

@InputType({ description: 'A denial that the person appeals.' })
export class AppealRightsRequestInput {
  @Field(() => ID, { description: 'One of the viewer’s own requests.' })
  id!: string;

  @Field(() => String, { description: 'Why the denial is wrong, at most 4000 characters.' })
  statement!: string;
}

@ObjectType({ description: 'The request as it is now.', simpleResolvers: true })
export class RightsRequestPayload {
  @Field(() => RightsRequest, { nullable: true, description: 'Null when nothing was done.' })
  request!: RightsRequest | null;

  @Field(() => [UserError], { description: 'Empty when it was done.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'It holds no more.', simpleResolvers: true })
export class LiftPayload {
  @Field(() => [UserError], { description: 'Always empty.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Whether a link was sent.', simpleResolvers: true })
export class SendRightsRequestLinkPayload {
  @Field(() => [UserError], {
    description: 'Empty when one was sent, if the address has an account; nobody is told whether it has.',
  })
  userErrors!: UserError[];
}
