// The enums of rights requests, with a description of each value.
import { registerEnumType } from 'type-graphql';
import type {
  AppealOutcome,
  DenialReason,
  EnteredChannel,
  ExtensionReason,
  RightsRequestChannel,
  RightsRequestKind,
  RightsRequestStatus,
  Verification,
} from '../../entities/rights/rights-request.js';
import type { Objection } from '../../services/rights/request-record.js';

/** Registers an enum. Its names are the values in capital letters, with underscores for hyphens. */
function enumOf<T extends string>(values: Readonly<Record<T, string>>, name: string, description: string) {
  const names = Object.keys(values) as T[];
  const nameOf = (value: T) => value.toUpperCase().replaceAll('-', '_');
  const type = Object.fromEntries(names.map((value) => [nameOf(value), value])) as Record<string, T>;
  const valuesConfig = Object.fromEntries(
    names.map((value) => [nameOf(value), { description: values[value] }]),
  );
  registerEnumType(type, { name, description, valuesConfig });
  return type;
}

export const RightsRequestKindEnum = enumOf<RightsRequestKind>(
  {
    access: 'A copy of all data about the person (GDPR, Article 15).',
    correction: 'The correction of data that the person cannot change themselves (GDPR, Article 16).',
    deletion:
      'The erasure of the account and everything that belongs to it, after seven days (GDPR, Article 17).',
    restriction: 'The restriction of processing: data is stored, and not used otherwise (GDPR, Article 18).',
    objection: 'An objection to the uses that the person names (GDPR, Article 21).',
    portability: 'A copy of all data about the person, for another service (GDPR, Article 20).',
    'withdrawal-of-consent': 'The withdrawal of the consents that the person names (GDPR, Article 7(3)).',
    complaint: 'A complaint, which gets an answer.',
  },
  'RightsRequestKind',
  'What a rights request asks for.',
);

export const RightsRequestStatusEnum = enumOf<RightsRequestStatus>(
  {
    submitted: 'The request was received, and waits for the agent’s permission.',
    'identity-required': 'The person has received a link, and must confirm the request.',
    'in-progress': 'The request is being answered.',
    extended: 'The request is being answered within a longer period.',
    fulfilled: 'The request was granted.',
    denied: 'The request was denied.',
    appealed: 'The request was denied, and the appeal is being answered.',
    withdrawn: 'The request was withdrawn.',
    expired: 'The request ended because nobody confirmed it.',
    erased: 'The account was erased before the request had another outcome.',
  },
  'RightsRequestStatus',
  'The status of a rights request.',
);

export const DenialReasonEnum = enumOf<DenialReason>(
  {
    'identity-not-verified': 'The identity of the person was not verified.',
    'no-data-found': 'No data about the person is stored.',
    'manifestly-unfounded': 'The request is manifestly unfounded (GDPR, Article 12(5)).',
    excessive: 'The request is excessive, for example because it is repeated (GDPR, Article 12(5)).',
    'legal-obligation': 'A law requires that the data be stored (GDPR, Article 17(3)(b)).',
    'legal-claims': 'The data is required for legal claims (GDPR, Article 17(3)(e)).',
    'rights-of-others': 'The request would adversely affect others (GDPR, Article 15(4)).',
    'data-accurate': 'The data is accurate.',
    'not-covered': 'The law does not provide this right.',
    'fraud-suspected': 'Another person seems to have made the request.',
    'permission-missing': 'The agent has not sent a signed permission.',
    'permission-unsigned': 'The agent’s permission is not signed.',
    'permission-expired': 'The agent’s permission has expired.',
    'permission-forged': 'The agent’s permission is forged.',
  },
  'DenialReason',
  'The reason for the denial of a rights request.',
);

export const AppealOutcomeEnum = enumOf<AppealOutcome>(
  { upheld: 'The denial is upheld.', reversed: 'The denial is reversed, and the request is granted.' },
  'AppealOutcome',
  'The outcome of an appeal.',
);

export const ExtensionReasonEnum = enumOf<ExtensionReason>(
  { complexity: 'The request is complex.', 'number-of-requests': 'There are many requests.' },
  'ExtensionReason',
  'The reason for a longer period (GDPR, Article 12(3)).',
);

const RECORDED = {
  'recorded-call': 'Staff have spoken with the person.',
  'recorded-document': 'Staff have seen an identity document.',
  'recorded-power-of-attorney': 'Staff have seen a power of attorney.',
} as const;

export type RecordedVerification = keyof typeof RECORDED;

export const VerificationEnum = enumOf<Verification>(
  {
    'fresh-factor': 'The person was signed in, and showed a fresh factor.',
    mailbox: 'The link that was sent to the account’s e-mail address was opened.',
    agent: 'An authorised agent made the request, and the law forbids further verification.',
    'not-needed': 'Opting out of sale and sharing requires no verification (11 CCR § 7060(b)).',
    ...RECORDED,
  },
  'RightsRequestVerification',
  'How the identity of the person was verified.',
);

export const RecordedVerificationEnum = enumOf<RecordedVerification>(
  RECORDED,
  'RecordedVerification',
  'How a data protection officer has verified the identity of the person.',
);

const CHANNELS = {
  email: 'The request was sent by e-mail to the data protection officer.',
  letter: 'The request was sent by letter.',
  telephone: 'The request was made by telephone.',
} as const;

export const RightsRequestChannelEnum = enumOf<RightsRequestChannel>(
  { online: 'The request was made through this API or by an agent’s server.', ...CHANNELS },
  'RightsRequestChannel',
  'How a rights request was received.',
);

export const EnteredChannelEnum = enumOf<EnteredChannel>(
  CHANNELS,
  'EnteredChannel',
  'How a request that a data protection officer enters was received.',
);

export const ObjectionEnum = enumOf<Objection>(
  {
    marketing: 'Marketing mail.',
    statistics: 'Usage statistics: no usage data is stored.',
    diagnostics: 'Application diagnostics.',
    'sale-or-sharing': 'Sharing data with others, and cookies for analytics and advertising.',
  },
  'Objection',
  'A use of data that a person can object to.',
);

export const ConfirmationRequirementEnum = enumOf<'sign-in' | 'second-factor'>(
  {
    'sign-in': 'The person must sign in, and show a factor again.',
    'second-factor': 'The person must sign in with a second factor, and show it again.',
  },
  'ConfirmationRequirement',
  'What a person must do, besides opening the link, to confirm a rights request.',
);
