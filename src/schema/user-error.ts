// The errors of a mutation's payload: what the person who entered the input can correct.
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import { FAULTS, type Fault, type FaultCode } from '../input/user-error.js';

const ErrorCode = Object.fromEntries(Object.keys(FAULTS).map((code) => [code, code])) as {
  [Code in FaultCode]: Code;
};

registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description: 'What can be wrong with the input of a mutation.',
  valuesConfig: Object.fromEntries(
    Object.entries(FAULTS).map(([code, description]) => [code, { description }]),
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
  code!: FaultCode;

  @Field(() => String, { description: 'For people, in English. Never repeats the input.' })
  message!: string;
}

export function userErrors(faults: readonly Fault[]): UserError[] {
  return faults.map(({ field, code }) => ({ field, code, message: FAULTS[code] }));
}
