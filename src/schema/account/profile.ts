// GraphQL types of changing one's profile.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { UserError } from '../user-error.js';
import { Account } from './account.js';
import { Locale } from './language.js';

@InputType({ description: 'Changes to the viewer’s profile. What is left out stays as it is.' })
export class UpdateProfileInput {
  @Field(() => Int, {
    description: '`Account.version` as it was read. Another one by now: CONFLICT, and nothing changes.',
  })
  version!: number;

  @Field(() => String, {
    nullable: true,
    description: 'Letters, spaces and a few marks, at most 60. Null: no name.',
  })
  name?: string | null;

  @Field(() => Locale, { nullable: true, description: 'The language of mails. Null changes nothing.' })
  locale?: Locale | null;

  @Field(() => String, { nullable: true, description: 'ISO 3166-1 alpha-2. Null changes nothing.' })
  country?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'Of the new country: the state or province, such as `CA`, the second half of a code of ISO 3166-2. Where the age ' +
      'differs by it, the greatest age in the country counts without one. Null changes nothing, and nothing of it is kept.',
  })
  subdivision?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      '“I am at least so many years old”: needed when `ageRequirement` is greater there than where the person lived. Nothing of it is kept.',
  })
  attestedAge?: number | null;
}

@ObjectType({ description: 'The account as it is now.', simpleResolvers: true })
export class UpdateProfilePayload {
  @Field(() => Account, { nullable: true, description: 'Null when nothing was changed.' })
  account!: Account | null;

  @Field(() => [UserError], { description: 'Empty when the profile is as the input asked.' })
  userErrors!: UserError[];
}
