// GraphQL types of consent: what holds for the viewer, the ledger behind it, and changing it.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { ConsentPurpose, ConsentSource } from '../../entities/consent/consent.js';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { UserError } from '../user-error.js';

export const ConsentPurposeEnum = {
  MARKETING: 'marketing',
  DIAGNOSTICS: 'diagnostics',
  ANALYTICS_COOKIES: 'analytics-cookies',
  ADVERTISING_COOKIES: 'advertising-cookies',
  SHARING: 'sharing',
} as const satisfies Record<string, ConsentPurpose>;

registerEnumType(ConsentPurposeEnum, {
  name: 'ConsentPurpose',
  description: 'What data is used for only as long as the person agrees.',
  valuesConfig: {
    MARKETING: {
      description:
        'Marketing mail. Granted by default only where the law of the country asks for no consent.',
    },
    DIAGNOSTICS: { description: 'Application diagnostics, crash reports among them.' },
    ANALYTICS_COOKIES: {
      description: 'What counts visits: cookies, and images in marketing mails.',
    },
    ADVERTISING_COOKIES: { description: 'Cookies by which advertisements are chosen.' },
    SHARING: { description: 'Sharing data with one named processor.' },
  },
});

const ConsentReasonEnum = {
  DEFAULT: 'default',
  PERSON: 'person',
  GPC: 'gpc',
  UNSUBSCRIBE: 'unsubscribe',
  AGENT: 'agent',
  SOMEBODY: 'somebody',
} as const satisfies Record<string, ConsentSource | 'default'>;

registerEnumType(ConsentReasonEnum, {
  name: 'ConsentReason',
  description: 'What decided a consent.',
  valuesConfig: {
    DEFAULT: { description: 'Nothing has been said.' },
    PERSON: { description: 'The person’s own choice.' },
    GPC: { description: 'An objection by the browser: Global Privacy Control, `Sec-GPC: 1`.' },
    UNSUBSCRIBE: { description: 'The unsubscribe link of a mail.' },
    AGENT: { description: 'An authorised agent of the person.' },
    SOMEBODY: { description: 'Somebody who gave the address; the law lets nobody ask who.' },
  },
});

@ObjectType({ description: 'What holds for a purpose at this moment.', simpleResolvers: true })
export class Consent {
  @Field(() => ConsentPurposeEnum, { description: 'What it is about.' })
  purpose!: ConsentPurpose;

  @Field(() => ID, { nullable: true, description: 'With whom data is shared; null for other purposes.' })
  processor!: string | null;

  @Field(() => Boolean, { description: 'Whether the purpose is permitted.' })
  granted!: boolean;

  @Field(() => DateScalar, { nullable: true, description: 'The day of the decision; null for a default.' })
  since!: Day | null;

  @Field(() => String, {
    nullable: true,
    description: 'The version of the privacy policy in force then; null for a default.',
  })
  policyVersion!: string | null;

  @Field(() => ConsentReasonEnum, { description: 'What decided it.' })
  because!: ConsentSource | 'default';
}

@ObjectType({ description: 'An entry of the ledger; none is ever changed.', simpleResolvers: true })
export class ConsentEntry {
  @Field(() => ConsentPurposeEnum, { description: 'What it is about.' })
  purpose!: ConsentPurpose;

  @Field(() => ID, {
    nullable: true,
    description: 'With whom data is shared; null for other purposes, and for an objection to all sharing.',
  })
  processor!: string | null;

  @Field(() => Boolean, { description: 'True: granted. False: refused, withdrawn or objected to.' })
  granted!: boolean;

  @Field(() => DateScalar, { description: 'The day on which it was said.' })
  day!: Day;

  @Field(() => String, { description: 'The version of the privacy policy in force on that day.' })
  policyVersion!: string;

  @Field(() => ConsentReasonEnum, { description: 'Who said it.' })
  because!: ConsentSource;
}

@InputType({ description: 'A choice. Withdrawing is the same call as granting, and holds at once.' })
export class SetConsentInput {
  @Field(() => ConsentPurposeEnum, { description: 'What it is about.' })
  purpose!: ConsentPurpose;

  @Field(() => ID, { nullable: true, description: 'For `SHARING`, and only for it: with whom.' })
  processor?: string | null;

  @Field(() => Boolean, { description: 'True grants; false refuses or withdraws.' })
  granted!: boolean;
}

@ObjectType({ description: 'What holds now, or why nothing has changed.', simpleResolvers: true })
export class SetConsentPayload {
  @Field(() => Consent, { nullable: true, description: 'Null when the input was refused.' })
  consent!: Consent | null;

  @Field(() => [UserError], { description: 'Empty when the choice was taken down.' })
  userErrors!: UserError[];
}
