// The viewer, and what belongs to them.
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver } from 'type-graphql';
import { Account, SignUpInput, SignUpPayload, Viewer } from '../schema/account.js';
import { BillingProfile } from '../schema/billing.js';
import type { Context } from '../schema/context.js';
import { PendingEmailChange } from '../schema/email-change.js';
import { unauthenticated, userErrors } from '../schema/errors.js';
import { MediaStreamer } from '../schema/media-streamer.js';
import { countSignUp } from './channel.js';
import { mediaStreamerOf } from './media-streamer.js';
import { viewerId } from './viewer-id.js';

@Resolver()
export class AccountResolver {
  @Query(() => Viewer, { description: 'The signed-in person.' })
  viewer(): Viewer {
    return {};
  }

  /** No session comes of it: the answer could not be the same for an address that has an account already. */
  @Mutation(() => SignUpPayload, {
    description:
      'Makes an account. The answer does not tell whether the e-mail address had one already; then nothing changes. ' +
      'Sign in next: the address is not confirmed by mail yet, so a session here would tell the two apart.',
  })
  async signUp(
    @Arg('input', () => SignUpInput, { description: 'The account to be made.' }) input: SignUpInput,
    @Ctx() context: Context,
  ): Promise<SignUpPayload> {
    const outcome = await context.services.account.signUp(input);
    if (outcome.ok) await countSignUp(context);
    return { userErrors: outcome.ok ? [] : userErrors(outcome.faults) };
  }
}

@Resolver(() => Viewer)
export class ViewerResolver {
  @FieldResolver(() => Account, { description: 'The viewer’s account.' })
  async account(@Ctx() context: Context): Promise<Account> {
    const account = await context.services.account.find(viewerId(context));
    // A session may outlive its account by moments.
    if (!account) throw unauthenticated();
    return account;
  }

  @FieldResolver(() => BillingProfile, {
    nullable: true,
    description: 'What stands on the viewer’s invoices; null until `updateBilling` has said it.',
  })
  billing(@Ctx() context: Context): Promise<BillingProfile | null> {
    return context.services.billing.find(viewerId(context));
  }

  @FieldResolver(() => PendingEmailChange, {
    nullable: true,
    description: 'A new e-mail address that waits for its links to be opened.',
  })
  pendingEmailChange(@Ctx() context: Context): Promise<PendingEmailChange | null> {
    return context.services.emailChange.pending(viewerId(context));
  }

  @FieldResolver(() => MediaStreamer, { description: 'Smart DNS for the viewer’s devices.' })
  mediaStreamer(@Ctx() context: Context): MediaStreamer {
    return mediaStreamerOf(context);
  }
}
