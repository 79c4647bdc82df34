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
import { userErrors } from '../../schema/user-error.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class EmailChangeResolver {
  @Mutation(() => ChangeEmailPayload, {
    description:
      'Sends a link to the present and one to the new e-mail address; when both have been opened, the account has the ' +
      'new one. Takes the place of an earlier request. The answer does not tell whether the new address has an account.',
  })
  async changeEmail(
    @Arg('input', () => ChangeEmailInput, { description: 'The new address.' }) { newEmail }: ChangeEmailInput,
    @Ctx() context: Context,
  ): Promise<ChangeEmailPayload> {
    const { services, sourceAddress } = context;
    const outcome = await services.emailChange.request(viewerId(context), newEmail, sourceAddress);
    return { userErrors: outcome.ok ? [] : userErrors(outcome.userErrors) };
  }

  @Mutation(() => ConfirmEmailChangePayload, {
    description: 'What the link in each of the two mails does, in either order. No session is needed.',
  })
  async confirmEmailChange(
    @Arg('input', () => ConfirmEmailChangeInput, { description: 'The link’s token.' })
    { token }: ConfirmEmailChangeInput,
    @Ctx() { services }: Context,
  ): Promise<ConfirmEmailChangePayload> {
    const outcome = await services.emailChange.confirm(token);
    return outcome.ok
      ? { emailChanged: outcome.value, userErrors: [] }
      : { emailChanged: false, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => CancelEmailChangePayload, {
    description: 'Takes the request back; its links are worth nothing then.',
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
    description: 'A new e-mail address that waits for its links to be opened.',
  })
  pendingEmailChange(@Ctx() context: Context): Promise<PendingEmailChange | null> {
    return context.services.emailChange.pending(viewerId(context));
  }
}
