// GraphQL types of the privacy policy and its versions.
import { Field, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { Locale } from '../account/language.js';
import { DateScalar } from '../date.js';

@ObjectType({
  description: 'A version of the privacy policy: past, current or future.',
  simpleResolvers: true,
})
export class PolicyVersion {
  @Field(() => String, {
    description: 'The short name of the version. It is never used again for another text.',
  })
  version!: string;

  @Field(() => DateScalar, { description: 'The first day on which the version is in force.' })
  effectiveOn!: Day;

  @Field(() => Boolean, {
    description:
      'Whether the version changes how personal data is used. A mail then announces it before it is in force.',
  })
  material!: boolean;

  @Field(() => String, { description: 'The SHA-256 digest of the text in UTF-8, in hexadecimal.' })
  sha256!: string;

  @Field(() => String, { description: 'The whole text.' })
  text!: string;

  @Field(() => Locale, {
    description:
      'The language of the text. Only the text in this language is binding; summaries are translated for convenience.',
  })
  language!: Locale;

  @Field(() => String, {
    nullable: true,
    description:
      'The changes since the previous version, as a unified diff. It is null for the first version.',
  })
  diff!: string | null;

  /** Its field takes the language as an argument. */
  summary!: Readonly<Record<Locale, string>>;
}

@ObjectType({
  description: 'The first use of the product under a version of the privacy policy.',
  simpleResolvers: true,
})
export class PolicyAcceptance {
  @Field(() => String, { description: 'The version of the privacy policy.' })
  version!: string;

  @Field(() => DateScalar, { description: 'The day of the first use after the version came into force.' })
  acceptedOn!: Day;
}
