// The viewer, and what belongs to them.
import { Ctx, FieldResolver, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Account, Viewer } from '../../schema/account/account.js';
import { BillingProfile } from '../../schema/account/billing.js';
import { ofAccount } from '../acting-session.js';
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
    description: 'What the viewer’s invoices show. It is null until `updateBillingProfile` was called.',
  })
  billingProfile(@Ctx() context: Context): Promise<BillingProfile | null> {
    return context.services.billing.find(viewerId(context));
  }
}
