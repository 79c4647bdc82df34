// GraphQL types of signing up: asking for an account, and confirming it.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Locale } from '../account/language.js';
import { UserError } from '../user-error.js';
import { SessionDelivery } from './session.js';

@InputType({ description: 'An account to be made.' })
export class SignUpInput {
  @Field(() => String, { description: 'At most 254 bytes. Upper and lower case are the same.' })
  email!: string;

  @Field(() => String, {
    description: '15 to 256 characters, any of Unicode; not the e-mail address, and not known from a breach.',
  })
  password!: string;

  @Field(() => String, { description: 'Where the person lives: ISO 3166-1 alpha-2, such as `DE`.' })
  country!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The state or province, such as `CA`: the second half of a code of ISO 3166-2. Where the age differs by it ' +
      '(`AgeRequirement.subdivisions`), the greatest age in the country counts without one. Nothing of it is kept.',
  })
  subdivision?: string | null;

  @Field(() => Int, {
    description:
      '“I am at least so many years old”: as many as `ageRequirement` asks for where the person lives, or more. Nothing of it is kept.',
  })
  attestedAge!: number;

  @Field(() => Locale, { defaultValue: 'en', description: 'The language of mails to the person.' })
  locale!: Locale;

  @Field(() => String, {
    nullable: true,
    description: 'What the person wants to be called: letters, spaces and a few marks, at most 60.',
  })
  name?: string | null;
}

@ObjectType({
  description: 'The same whether or not the e-mail address had an account.',
  simpleResolvers: true,
})
export class SignUpPayload {
  @Field(() => [UserError], { description: 'Empty when the input was accepted, and a mail is on its way.' })
  userErrors!: UserError[];
}

@InputType({ description: 'Proof that the mailbox and the sign-up are the same person’s.' })
export class ConfirmSignUpInput {
  @Field(() => String, { description: 'From the link in the mail. Good for a day, and once.' })
  token!: string;

  @Field(() => String, { description: 'The password that was chosen when signing up.' })
  password!: string;

  @Field(() => SessionDelivery, {
    defaultValue: 'COOKIE',
    description: 'How the session’s token is to be delivered.',
  })
  delivery!: SessionDelivery;
}
