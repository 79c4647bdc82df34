// The viewer, and what belongs to them.
import { Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Account, Viewer } from '../../schema/account/account.js';
import { BillingProfile } from '../../schema/account/billing.js';
import { PendingEmailChange } from '../../schema/account/email-change.js';
import { MediaStreamer } from '../../schema/media-streamer/media-streamer.js';
import { mediaStreamerOf } from '../media-streamer/media-streamer.js';
import { ofAccount } from '../sign-in/acting-session.js';
import { viewerId } from '../viewer-id.js';

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
