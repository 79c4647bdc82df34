// What adding and removing a second factor have in common, whichever it is.
import { Field, InputType, ObjectType } from 'type-graphql';

@ObjectType()
export abstract class SecondFactorAdded {
  @Field(() => [String], {
    nullable: true,
    description:
      'Ten codes for the day on which all else is lost, each good once; shown this once. Null when the account had a ' +
      'second factor before: the codes handed out with that one stay good.',
  })
  recoveryCodes!: readonly string[] | null;
}

@InputType()
export abstract class SecondFactorRemoval {
  @Field(() => String, {
    nullable: true,
    description: 'Needed when no other second factor is left; it must then have at least 15 characters.',
  })
  password?: string | null;
}
