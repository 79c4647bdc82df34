// What adding and removing a second factor have in common, for every kind of second factor.
import { Field, InputType, ObjectType } from 'type-graphql';
import { Payload } from '../payload.js';

@ObjectType({ simpleResolvers: true })
export abstract class SecondFactorAdded extends Payload {
  @Field(() => [String], {
    nullable: true,
    description:
      'Ten recovery codes, when this is the first second factor of the account. Each works once, and they are returned only ' +
      'here. It is null when the account had a second factor before; its recovery codes stay valid.',
  })
  recoveryCodes?: readonly string[] | null;
}

@InputType()
export abstract class SecondFactorRemoval {
  @Field(() => String, {
    nullable: true,
    description:
      'The password. It is required when no other second factor is left, and must then have at least 15 characters.',
  })
  password?: string | null;
}
