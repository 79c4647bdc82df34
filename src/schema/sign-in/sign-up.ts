// GraphQL types of signing up.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Locale } from '../account/language.js';
import { Payload, payloadOf } from '../payload.js';
import { DELIVERY, SESSION, Session, SessionDelivery } from './session.js';

@InputType({ description: 'The input of `signUp`.' })
export class SignUpInput {
  @Field(() => String, {
    description: 'The e-mail address: at most 254 bytes. Upper and lower case are the same.',
  })
  email!: string;

  @Field(() => String, {
    description:
      'The password: 15 to 256 Unicode characters. It must differ from the e-mail address, and must not be known from a breach.',
  })
  password!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The display name, with at most 60 characters: letters, at most four digits, spaces and some punctuation.',
  })
  name?: string | null;

  @Field(() => Locale, { defaultValue: Locale.EN, description: 'The language of mails to the person.' })
  locale!: Locale;

  @Field(() => String, { description: 'The country of residence (ISO 3166-1 alpha-2), such as `DE`.' })
  country!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The state or province, such as `CA`: the second part of its ISO 3166-2 code. Where the required age depends on it ' +
      '(`AgeRequirement.subdivisions`), the highest age in the country applies when it is not given. It is not stored.',
  })
  subdivision?: string | null;

  @Field(() => Int, {
    description:
      'The age that the person attests to have reached: `AgeRequirement.requiredAge` or more. It is not stored.',
  })
  attestedAge!: number;
}

@ObjectType(payloadOf('signUp'))
export class SignUpPayload extends Payload {}

@InputType({ description: 'The input of `confirmSignUp`.' })
export class ConfirmSignUpInput {
  @Field(() => String, {
    description: 'The token of the link in the mail. It is valid for a day, and works once.',
  })
  token!: string;

  @Field(() => String, { description: 'The password that was given to `signUp`.' })
  password!: string;

  @Field(() => SessionDelivery, DELIVERY)
  delivery!: SessionDelivery;
}

@ObjectType(payloadOf('confirmSignUp'))
export class ConfirmSignUpPayload extends Payload {
  @Field(() => Session, SESSION)
  session?: Session | null;
}
