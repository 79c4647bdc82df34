// GraphQL types of second factors together: what the viewer has, and new recovery codes.
import { Field, Int, ObjectType } from 'type-graphql';
import { UserError } from '../user-error.js';
import { Passkey } from './passkey.js';

@ObjectType({ description: 'What the viewer can show beside the password.', simpleResolvers: true })
export class SecondFactors {
  @Field(() => Boolean, { description: 'Whether an authenticator app is one of them.' })
  totp!: boolean;

  @Field(() => Int, { description: 'How many recovery codes have not been used.' })
  recoveryCodesLeft!: number;

  @Field(() => [Passkey], { description: 'Sorted by label; at most ten.' })
  passkeys!: readonly Passkey[];
}

@ObjectType({ description: 'Codes instead of those handed out before.', simpleResolvers: true })
export class RenewRecoveryCodesPayload {
  @Field(() => [String], {
    nullable: true,
    description: 'Ten codes, each good once; shown this once. Null when the account has no second factor.',
  })
  recoveryCodes!: readonly string[] | null;

  @Field(() => [UserError], { description: 'Empty when there are new codes.' })
  userErrors!: UserError[];
}
