// GraphQL types of the billing profile.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { Payload, payloadOf } from '../payload.js';

@ObjectType({
  description: 'What the viewer’s invoices show. Nothing in it states how they pay.',
  simpleResolvers: true,
})
export class BillingProfile {
  @Field(() => String, { description: 'The name of the person or of the company.' })
  name!: string;

  @Field(() => String, { description: 'The street and the number.' })
  addressLine1!: string;

  @Field(() => String, { nullable: true, description: 'The flat, the floor or the addressee.' })
  addressLine2!: string | null;

  @Field(() => String, { nullable: true, description: 'The postal code. Some countries have none.' })
  postalCode!: string | null;

  @Field(() => String, { description: 'The town or city.' })
  city!: string;

  @Field(() => String, { nullable: true, description: 'The state, province or county.' })
  region!: string | null;

  @Field(() => String, { description: 'The country (ISO 3166-1 alpha-2).' })
  country!: string;

  @Field(() => String, { nullable: true, description: 'The tax number, in capital letters and digits.' })
  taxNumber!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The identifier that the payment processor uses for the customer.',
  })
  paymentReference!: string | null;

  @Field(() => Int, {
    description:
      'The version of the profile. Each change increases it, and `updateBillingProfile` requires it.',
  })
  version!: number;
}

@InputType({
  description:
    'The input of `updateBillingProfile`: the whole profile. Fields that are not given are cleared. Payment card numbers are ' +
    'refused in every field.',
})
export class UpdateBillingProfileInput {
  @Field(() => Int, {
    description:
      '`BillingProfile.version` as it was read, or 0 when there was no profile. If the version has changed, the mutation returns `CONFLICT`.',
  })
  version!: number;

  @Field(() => String, { description: 'The name of the person or of the company: at most 100 characters.' })
  name!: string;

  @Field(() => String, { description: 'The street and the number: at most 100 characters.' })
  addressLine1!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The flat, the floor or the addressee: at most 100 characters.',
  })
  addressLine2?: string | null;

  @Field(() => String, { nullable: true, description: 'The postal code: at most 20 characters.' })
  postalCode?: string | null;

  @Field(() => String, { description: 'The town or city: at most 100 characters.' })
  city!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The state, province or county: at most 100 characters.',
  })
  region?: string | null;

  @Field(() => String, { description: 'The country (ISO 3166-1 alpha-2).' })
  country!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The tax number: 4 to 20 letters and digits. Spaces, dots, slashes and hyphens between them are ignored.',
  })
  taxNumber?: string | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The identifier that the payment processor uses for the customer: 1 to 64 characters of `A-Z a-z 0-9 _ -`.',
  })
  paymentReference?: string | null;
}

@ObjectType(payloadOf('updateBillingProfile'))
export class UpdateBillingProfilePayload extends Payload {
  @Field(() => BillingProfile, { nullable: true, description: 'The profile after the change.' })
  billingProfile?: BillingProfile | null;
}
