// The viewer, and what belongs to them.
import { Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import { Account, Viewer } from '../schema/account.js';
import { BillingProfile } from '../schema/billing.js';
import type { Context } from '../schema/context.js';
import { PendingEmailChange } from '../schema/email-change.js';
import { MediaStreamer } from '../schema/media-streamer.js';
import { ofAccount } from './acting-session.js';
import { mediaStreamerOf } from './media-streamer.js';
import { viewerId } from './viewer-id.js';

@Resolver()
export class AccountResolver {
  @Query(() => Viewer, { description: 'The signed-in person.' })
  viewer(): Viewer {
    return {};
  }
}

@Resolver(() => Viewer)
export class ViewerResolver {
  @FieldResolver(() => Account, { description: 'The viewer’s account.' })
  async account(@Ctx() context: Context): Promise<Account> {
    return ofAccount(await context.services.account.find(viewerId(context)));
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
