// Changing the e-mail address.
import { Arg, Ctx, FieldResolver, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import {
  CancelEmailChangePayload,
  ChangeEmailInput,
  ChangeEmailPayload,
  ConfirmEmailChangeInput,
  ConfirmEmailChangePayload,
  PendingEmailChange,
} from '../../schema/sign-in/email-change.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class EmailChangeResolver {
  @Mutation(() => ChangeEmailPayload, {
    description:
      'Sends a link to the current and to the new e-mail address. The address changes when both links have been opened. A new ' +
      'change replaces a pending one. The answer is the same whether or not the new address has an account. It requires a fresh factor.',
  })
  async changeEmail(
    @Arg('input', () => ChangeEmailInput, { description: 'The new e-mail address.' })
    { newEmail }: ChangeEmailInput,
    @Ctx() context: Context,
  ): Promise<ChangeEmailPayload> {
    const { services, sourceAddress } = context;
    return payload(await services.emailChange.request(viewerId(context), newEmail, sourceAddress));
  }

  @Mutation(() => ConfirmEmailChangePayload, {
    description:
      'Confirms a change of the e-mail address with the link of one of the two mails, in either order. It requires no session.',
  })
  async confirmEmailChange(
    @Arg('input', () => ConfirmEmailChangeInput, { description: 'The token of the link.' })
    { token }: ConfirmEmailChangeInput,
    @Ctx() { services }: Context,
  ): Promise<ConfirmEmailChangePayload> {
    return payload(await services.emailChange.confirm(token), (emailChanged) => ({ emailChanged }));
  }

  @Mutation(() => CancelEmailChangePayload, {
    description: 'Cancels the pending change of the e-mail address. Its links stop working.',
  })
  async cancelEmailChange(@Ctx() context: Context): Promise<CancelEmailChangePayload> {
    const cancelled = await context.services.emailChange.cancel(viewerId(context));
    return { cancelled, userErrors: [] };
  }
}

@Resolver(() => Viewer)
export class ViewerEmailChangeResolver {
  @FieldResolver(() => PendingEmailChange, {
    nullable: true,
    description:
      'The change of the e-mail address that waits for its links to be opened. It is null when none is pending.',
  })
  async pendingEmailChange(@Ctx() context: Context): Promise<PendingEmailChange | null> {
    const pending = await context.services.emailChange.pending(viewerId(context));
    if (pending === null) return null;
    const { newEmail, confirmedOld, confirmedNew } = pending;
    return { newEmail, confirmedByCurrentEmail: confirmedOld, confirmedByNewEmail: confirmedNew };
  }
}
