// GraphQL types of receipts.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { UserError } from '../user-error.js';

@InputType({ description: 'A payment that has been received. Nothing of it is kept.' })
export class SendReceiptInput {
  @Field(() => ID, { description: 'The account that has been paid for: its id or its e-mail address.' })
  account!: string;

  @Field(() => String, { description: 'The invoice’s number: at most 64 of `A-Z a-z 0-9 _ -`.' })
  reference!: string;

  @Field(() => Int, { description: 'In the currency’s smallest unit: 2999 is 29.99 euros.' })
  amount!: number;

  @Field(() => String, { description: 'ISO 4217, such as `EUR`.' })
  currency!: string;

  @Field(() => DateScalar, { description: 'The day of the payment: today (UTC), or at most a year ago.' })
  paidOn!: Day;
}

@ObjectType({ description: 'The receipt is on its way, or why not.', simpleResolvers: true })
export class SendReceiptPayload {
  @Field(() => [UserError], { description: 'Empty when the receipt is on its way.' })
  userErrors!: UserError[];
}
