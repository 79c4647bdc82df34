// GraphQL types of consent: what holds for the viewer, the ledger behind it, and changing it.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { ConsentPurpose, ConsentSource } from '../../entities/consent/consent.js';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { Payload, payloadOf } from '../payload.js';

export const ConsentPurposeEnum = {
  MARKETING: 'marketing',
  DIAGNOSTICS: 'diagnostics',
  ANALYTICS_COOKIES: 'analytics-cookies',
  ADVERTISING_COOKIES: 'advertising-cookies',
  SHARING: 'sharing',
} as const satisfies Record<string, ConsentPurpose>;

registerEnumType(ConsentPurposeEnum, {
  name: 'ConsentPurpose',
  description: 'A purpose for which data is used only with the person’s consent.',
  valuesConfig: {
    MARKETING: {
      description:
        'Marketing mail. It is granted by default only where the law of the country requires no consent.',
    },
    DIAGNOSTICS: { description: 'Application diagnostics, including crash reports.' },
    ANALYTICS_COOKIES: {
      description:
        'Cookies that count visits, and images in marketing mails that count how often a mail is opened.',
    },
    ADVERTISING_COOKIES: { description: 'Cookies that select advertisements.' },
    SHARING: { description: 'Sharing data with one processor.' },
  },
});

const ConsentSourceEnum = {
  DEFAULT: 'default',
  PERSON: 'person',
  GPC: 'gpc',
  UNSUBSCRIBE: 'unsubscribe',
  AGENT: 'agent',
  UNVERIFIED: 'somebody',
} as const satisfies Record<string, ConsentSource | 'default'>;

registerEnumType(ConsentSourceEnum, {
  name: 'ConsentSource',
  description: 'The origin of a decision about consent.',
  valuesConfig: {
    DEFAULT: { description: 'No decision was made, and the default applies.' },
    PERSON: { description: 'The person decided.' },
    GPC: { description: 'The browser objected with Global Privacy Control (`Sec-GPC: 1`).' },
    UNSUBSCRIBE: { description: 'The unsubscribe link of a mail was used.' },
    AGENT: { description: 'An authorised agent decided on behalf of the person.' },
    UNVERIFIED: {
      description:
        'A request named the e-mail address. For this kind of request the law forbids verifying the identity.',
    },
  },
});

const PROCESSOR =
  'The id of the processor that receives the data. It is null for purposes other than `SHARING`';

@ObjectType({ description: 'The current consent for one purpose.', simpleResolvers: true })
export class Consent {
  @Field(() => ConsentPurposeEnum, { description: 'The purpose.' })
  purpose!: ConsentPurpose;

  @Field(() => ID, { nullable: true, description: `${PROCESSOR}.` })
  processorId!: string | null;

  @Field(() => Boolean, { description: 'Whether data may be used for the purpose.' })
  granted!: boolean;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The day of the decision. It is null when the default applies.',
  })
  decidedOn!: Day | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The version of the privacy policy that was in force on the day of the decision. It is null when the default applies.',
  })
  policyVersion!: string | null;

  @Field(() => ConsentSourceEnum, { description: 'The origin of the decision.' })
  source!: ConsentSource | 'default';
}

@ObjectType({
  description: 'A decision about consent. It is stored in the consent ledger, and never changed.',
  simpleResolvers: true,
})
export class ConsentEntry {
  @Field(() => ConsentPurposeEnum, { description: 'The purpose.' })
  purpose!: ConsentPurpose;

  @Field(() => ID, {
    nullable: true,
    description: `${PROCESSOR}, and for an objection to all sharing.`,
  })
  processorId!: string | null;

  @Field(() => Boolean, {
    description:
      'Whether the consent was granted. It is false when it was refused or withdrawn, and for an objection.',
  })
  granted!: boolean;

  @Field(() => DateScalar, { description: 'The day of the decision.' })
  decidedOn!: Day;

  @Field(() => String, {
    description: 'The version of the privacy policy that was in force on the day of the decision.',
  })
  policyVersion!: string;

  @Field(() => ConsentSourceEnum, { description: 'The origin of the decision.' })
  source!: ConsentSource;
}

@InputType({ description: 'The input of `setConsent`.' })
export class SetConsentInput {
  @Field(() => ConsentPurposeEnum, { description: 'The purpose.' })
  purpose!: ConsentPurpose;

  @Field(() => ID, {
    nullable: true,
    description:
      'The id of the processor that receives the data. It is required for `SHARING`, and refused for other purposes.',
  })
  processorId?: string | null;

  @Field(() => Boolean, { description: 'True grants the consent. False refuses or withdraws it.' })
  granted!: boolean;
}

@ObjectType(payloadOf('setConsent'))
export class SetConsentPayload extends Payload {
  @Field(() => Consent, { nullable: true, description: 'The consent after the decision.' })
  consent?: Consent | null;
}
