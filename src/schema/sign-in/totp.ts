// GraphQL types of authenticator apps: enabling and disabling one.
import { Field, InputType, ObjectType } from 'type-graphql';
import { Payload, payloadOf } from '../payload.js';
import { SecondFactorAdded, SecondFactorRemoval } from './second-factor-changes.js';

@ObjectType(payloadOf('startTotp'))
export class StartTotpPayload extends Payload {
  @Field(() => String, {
    nullable: true,
    description:
      'The secret in base32 (RFC 4648), which can be typed into an authenticator app. It is returned only here.',
  })
  secret?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The secret as an `otpauth://` URI, which can be shown as a QR code.',
  })
  uri?: string | null;
}

@InputType({ description: 'The input of `confirmTotp`.' })
export class ConfirmTotpInput {
  @Field(() => String, { description: 'The six digits that the app shows.' })
  code!: string;
}

@ObjectType(payloadOf('confirmTotp'))
export class ConfirmTotpPayload extends SecondFactorAdded {}

@InputType({ description: 'The input of `disableTotp`.' })
export class DisableTotpInput extends SecondFactorRemoval {}

@ObjectType(payloadOf('disableTotp'))
export class DisableTotpPayload extends Payload {}
