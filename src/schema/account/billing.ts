// GraphQL types of the billing profile.
import { Field, InputType, Int, ObjectType } from 'type-graphql';
import { UserError } from '../user-error.js';

@ObjectType({
  description: 'What stands on the viewer’s invoices. Nothing here says how they pay.',
  simpleResolvers: true,
})
export class BillingProfile {
  @Field(() => String, { description: 'Of the person or the company.' })
  name!: string;

  @Field(() => String, { description: 'Street and number, or what stands for them.' })
  addressLine1!: string;

  @Field(() => String, { nullable: true, description: 'Flat, floor, care of.' })
  addressLine2!: string | null;

  @Field(() => String, { nullable: true, description: 'Where the country has one.' })
  postalCode!: string | null;

  @Field(() => String, { description: 'Town or city.' })
  city!: string;

  @Field(() => String, { nullable: true, description: 'State, province or county.' })
  region!: string | null;

  @Field(() => String, { description: 'ISO 3166-1 alpha-2.' })
  country!: string;

  @Field(() => String, { nullable: true, description: 'Capital letters and digits alone.' })
  taxNumber!: string | null;

  @Field(() => String, { nullable: true, description: 'The payment processor’s name for the customer.' })
  paymentReference!: string | null;

  @Field(() => Int, { description: 'Goes up with each change; `updateBilling` asks for it.' })
  version!: number;
}

@InputType({
  description:
    'A whole billing profile: what is left out is none. A payment card number is refused anywhere.',
})
export class UpdateBillingInput {
  @Field(() => Int, {
    description:
      '`BillingProfile.version` as it was read; 0 when there was none. Another one by now: CONFLICT, and nothing changes.',
  })
  version!: number;

  @Field(() => String, { description: 'Of the person or the company; at most 100 characters.' })
  name!: string;

  @Field(() => String, { description: 'Street and number; at most 100 characters.' })
  addressLine1!: string;

  @Field(() => String, { nullable: true, description: 'Flat, floor, care of; at most 100 characters.' })
  addressLine2?: string | null;

  @Field(() => String, { nullable: true, description: 'At most 20 characters.' })
  postalCode?: string | null;

  @Field(() => String, { description: 'Town or city; at most 100 characters.' })
  city!: string;

  @Field(() => String, { nullable: true, description: 'State, province or county; at most 100 characters.' })
  region?: string | null;

  @Field(() => String, { description: 'ISO 3166-1 alpha-2.' })
  country!: string;

  @Field(() => String, {
    nullable: true,
    description: '4 to 20 letters and digits; spaces, dots, slashes and hyphens between them do not count.',
  })
  taxNumber?: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The payment processor’s name for the customer: at most 64 of `A-Z a-z 0-9 _ -`.',
  })
  paymentReference?: string | null;
}

@ObjectType({ description: 'The billing profile as it is now.', simpleResolvers: true })
export class UpdateBillingPayload {
  @Field(() => BillingProfile, { nullable: true, description: 'Null when nothing was changed.' })
  billing!: BillingProfile | null;

  @Field(() => [UserError], { description: 'Empty when the billing profile is as the input asked.' })
  userErrors!: UserError[];
}
