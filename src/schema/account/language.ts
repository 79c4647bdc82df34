// GraphQL types of languages: those that mails and pages are written in, and the one that a browser keeps.
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { UserError } from '../user-error.js';

export const Locale = { EN: 'en', DE: 'de', ES: 'es' } as const;
export type Locale = (typeof Locale)[keyof typeof Locale];

registerEnumType(Locale, {
  name: 'Locale',
  description: 'A language that mails and pages are written in.',
  valuesConfig: {
    EN: { description: 'English.' },
    DE: { description: 'German.' },
    ES: { description: 'Spanish.' },
  },
});

@InputType({ description: 'The language to be kept.' })
export class SetLanguageInput {
  @Field(() => Locale, { description: 'The language.' })
  locale!: Locale;
}

@ObjectType({ description: 'The browser has been told.', simpleResolvers: true })
export class SetLanguagePayload {
  @Field(() => [UserError], { description: 'Always empty.' })
  userErrors!: UserError[];
}
