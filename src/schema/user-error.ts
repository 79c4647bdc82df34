// The errors of a mutation's payload: what the person who entered the input can correct.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { type UserError as Refusal, type UserErrorCode } from '../input/user-error.js';
import { messageOf, USER_ERRORS } from '../lib/error-codes.js';

const ErrorCode = Object.fromEntries(Object.keys(USER_ERRORS).map((code) => [code, code])) as {
  [Code in UserErrorCode]: Code;
};

registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description: 'The code of a user error.',
  valuesConfig: Object.fromEntries(
    Object.entries(USER_ERRORS).map(([code, [description]]) => [code, { description }]),
  ),
});

@ObjectType({ description: 'An error that the person can correct in their input.' })
export class UserError {
  @Field(() => String, {
    nullable: true,
    description:
      'The path of the invalid field from the input, such as `entries.3.prefix`. It is null when the error is not about one field.',
  })
  field!: string | null;

  @Field(() => ErrorCode, { description: 'The code, for programs.' })
  code!: UserErrorCode;

  @Field(() => String, { description: 'The message, in English. It never repeats the input.' })
  message!: string;
}

export function userErrors(refusals: readonly Refusal[]): UserError[] {
  return refusals.map(({ field, code }) => ({ field, code, message: messageOf(code) }));
}
