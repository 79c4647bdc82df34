// The errors of a mutation's payload: what the person who entered the input can correct.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { type UserError as Refusal, USER_ERROR_MESSAGES, type UserErrorCode } from '../input/user-error.js';

const ErrorCode = Object.fromEntries(Object.keys(USER_ERROR_MESSAGES).map((code) => [code, code])) as {
  [Code in UserErrorCode]: Code;
};

registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description: 'What can be wrong with the input of a mutation.',
  valuesConfig: Object.fromEntries(
    Object.entries(USER_ERROR_MESSAGES).map(([code, description]) => [code, { description }]),
  ),
});

@ObjectType({ description: 'Something that the person who entered the input can put right.' })
export class UserError {
  @Field(() => String, {
    nullable: true,
    description: 'Dotted path from the input to the field at fault, such as `entries.3.prefix`.',
  })
  field!: string | null;

  @Field(() => ErrorCode, { description: 'For programs.' })
  code!: UserErrorCode;

  @Field(() => String, { description: 'For people, in English. Never repeats the input.' })
  message!: string;
}

export function userErrors(refusals: readonly Refusal[]): UserError[] {
  return refusals.map(({ field, code }) => ({ field, code, message: USER_ERROR_MESSAGES[code] }));
}
