// GraphQL types of changing the profile.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Payload, payloadOf } from '../payload.js';
import { Account } from './account.js';
import { Locale } from './language.js';

@InputType({ description: 'The input of `updateProfile`. Fields that are not given do not change.' })
export class UpdateProfileInput {
  @Field(() => Int, {
    description:
      '`Account.version` as it was read. If the version has changed, the mutation returns `CONFLICT`.',
  })
  version!: number;

  @Field(() => String, {
    nullable: true,
    description:
      'The display name, with at most 60 characters: letters, at most four digits, spaces and some punctuation. Null removes it.',
  })
  name?: string | null;

  @Field(() => Locale, { nullable: true, description: 'The language of mails. Null changes nothing.' })
  locale?: Locale | null;

  @Field(() => String, {
    nullable: true,
    description: 'The country of residence (ISO 3166-1 alpha-2). Null changes nothing.',
  })
  country?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The state or province in the new country, such as `CA`: the second part of its ISO 3166-2 code. Where the required age ' +
      'depends on it, the highest age in the country applies when it is not given. It is not stored. Null changes nothing.',
  })
  subdivision?: string | null;

  @Field(() => Int, {
    nullable: true,
    description:
      'The age that the person attests to have reached. It is required when `ageRequirement` is higher for the new country. It is not stored.',
  })
  attestedAge?: number | null;
}

@ObjectType(payloadOf('updateProfile'))
export class UpdateProfilePayload extends Payload {
  @Field(() => Account, { nullable: true, description: 'The account after the change.' })
  account?: Account | null;
}
