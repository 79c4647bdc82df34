// GraphQL types of the privacy policy and its versions.
import { Field, ID, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { Locale } from '../account/language.js';
import { DateScalar } from '../date.js';

@ObjectType({ description: 'The privacy policy as it is, was, or is about to be.', simpleResolvers: true })
export class PolicyVersion {
  @Field(() => ID, { description: 'Short; never used again for another text.' })
  version!: string;

  @Field(() => DateScalar, { description: 'The first day on which it is in force.' })
  effectiveOn!: Day;

  @Field(() => Boolean, {
    description:
      'Whether it changes what happens to people’s data. Then a mail tells of it before it is in force.',
  })
  material!: boolean;

  @Field(() => String, { description: 'SHA-256 of the text in UTF-8, in hexadecimal.' })
  sha256!: string;

  @Field(() => String, { description: 'The whole text, in its language.' })
  text!: string;

  @Field(() => Locale, {
    description:
      'The language of the text, in which alone it holds. Summaries are in every language, as a help.',
  })
  language!: Locale;

  @Field(() => String, {
    nullable: true,
    description: 'What has changed since the version before, as a unified diff; null for the first.',
  })
  diff!: string | null;

  /** Its field takes the language as an argument. */
  summary!: Readonly<Record<Locale, string>>;
}

@ObjectType({
  description: 'A first use of the product under a version of the privacy policy.',
  simpleResolvers: true,
})
export class PolicyAcceptance {
  @Field(() => ID, { description: 'The version.' })
  version!: string;

  @Field(() => DateScalar, { description: 'The day of the first use since it came into force.' })
  acceptedOn!: Day;
}
