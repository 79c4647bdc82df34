// GraphQL types of receipts.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { Payload, payloadOf } from '../payload.js';

@InputType({
  description: 'The input of `sendReceipt`: a payment that has been received. Nothing of it is stored.',
})
export class SendReceiptInput {
  @Field(() => ID, { description: 'The id or the e-mail address of the account that was paid for.' })
  account!: string;

  @Field(() => String, { description: 'The number of the invoice: 1 to 64 characters of `A-Z a-z 0-9 _ -`.' })
  reference!: string;

  @Field(() => Int, { description: 'The amount in the currency’s smallest unit: 2999 is 29.99 euros.' })
  amount!: number;

  @Field(() => String, { description: 'The currency (ISO 4217), such as `EUR`.' })
  currency!: string;

  @Field(() => DateScalar, { description: 'The day of the payment: from a year ago to today (UTC).' })
  paidOn!: Day;
}

@ObjectType(payloadOf('sendReceipt'))
export class SendReceiptPayload extends Payload {}
