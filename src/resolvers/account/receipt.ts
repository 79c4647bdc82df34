// Receipts for payments, for staff.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { SendReceiptInput, SendReceiptPayload } from '../../schema/account/receipt.js';
import { payload } from '../payload.js';

@Resolver()
export class ReceiptResolver {
  @Mutation(() => SendReceiptPayload, {
    description:
      'Sends the receipt of a payment that was made elsewhere, in the customer’s language. For support and admins.',
  })
  async sendReceipt(
    @Arg('input', () => SendReceiptInput, { description: 'The payment.' })
    { account, reference, amount, currency, paidOn }: SendReceiptInput,
    @Ctx() { services }: Context,
  ): Promise<SendReceiptPayload> {
    const receipt = { reference: reference.trim(), amount, currency, paidOn };
    return payload(await services.receipt.send(account.trim(), receipt));
  }
}
