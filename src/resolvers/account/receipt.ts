// Receipts for payments, for staff.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { SendReceiptInput, SendReceiptPayload } from '../../schema/account/receipt.js';
import { userErrors } from '../../schema/user-error.js';

@Resolver()
export class ReceiptResolver {
  @Mutation(() => SendReceiptPayload, {
    description:
      'Mails the receipt of a payment, which was made elsewhere, in the customer’s language. For support and admins.',
  })
  async sendReceipt(
    @Arg('input', () => SendReceiptInput, { description: 'The payment.' })
    { account, reference, amount, currency, paidOn }: SendReceiptInput,
    @Ctx() { services }: Context,
  ): Promise<SendReceiptPayload> {
    const receipt = { reference: reference.trim(), amount, currency, paidOn };
    const outcome = await services.receipt.send(account.trim(), receipt);
    return { userErrors: outcome.ok ? [] : userErrors(outcome.userErrors) };
  }
}
