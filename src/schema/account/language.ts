// GraphQL types of languages: those of mails and pages, and the one that a browser stores.
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import { Payload, payloadOf } from '../payload.js';

export const Locale = { EN: 'en', DE: 'de', ES: 'es' } as const;
export type Locale = (typeof Locale)[keyof typeof Locale];

registerEnumType(Locale, {
  name: 'Locale',
  description: 'A language of mails and pages.',
  valuesConfig: {
    EN: { description: 'English.' },
    DE: { description: 'German.' },
    ES: { description: 'Spanish.' },
  },
});

@InputType({ description: 'The input of `setLanguage`.' })
export class SetLanguageInput {
  @Field(() => Locale, { description: 'The language.' })
  locale!: Locale;
}

@ObjectType(payloadOf('setLanguage'))
export class SetLanguagePayload extends Payload {}
