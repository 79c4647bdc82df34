// GraphQL types of the viewer's second factors, and of new recovery codes.
import { Field, Int, ObjectType } from 'type-graphql';
import { Payload, payloadOf } from '../payload.js';
import { Passkey } from './passkey.js';

@ObjectType({ description: 'The second factors of the viewer.', simpleResolvers: true })
export class SecondFactors {
  @Field(() => Boolean, { description: 'Whether an authenticator app is enabled.' })
  totpEnabled!: boolean;

  @Field(() => Int, { description: 'The number of recovery codes that have not been used.' })
  recoveryCodesLeft!: number;

  @Field(() => [Passkey], { description: 'The passkeys, by label. There are at most ten.' })
  passkeys!: readonly Passkey[];
}

@ObjectType(payloadOf('rotateRecoveryCodes'))
export class RotateRecoveryCodesPayload extends Payload {
  @Field(() => [String], {
    nullable: true,
    description: 'Ten recovery codes. Each works once, and they are returned only here.',
  })
  recoveryCodes?: readonly string[] | null;
}
