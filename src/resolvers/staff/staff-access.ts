// The viewer learns when staff looked at what they have used.
import { Args, Ctx, FieldResolver, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import { PageArgs } from '../../schema/connection.js';
import { StaffAccess, StaffAccessConnection } from '../../schema/staff/staff-access.js';
import { connection } from '../connection.js';
import { viewerId } from '../viewer-id.js';

@Resolver(() => Viewer)
export class ViewerStaffAccessResolver {
  @FieldResolver(() => StaffAccessConnection, {
    description:
      'The days on which staff looked at what the viewer has used, and why; the newest first. Nobody can look through ' +
      'this API or by the command `disclose` without standing here.',
  })
  staffAccessLog(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): Promise<StaffAccessConnection> {
    const accountId = viewerId(context);
    return connection(
      args,
      (request) => context.services.staffAccess.page(accountId, request),
      (node) => ({ node }),
    );
  }

  @FieldResolver(() => [StaffAccess], {
    description: 'All of `staffAccessLog` at once.',
    deprecationReason: 'Use `staffAccessLog`. Goes on 2027-06-01.',
  })
  staffAccess(@Ctx() context: Context): Promise<StaffAccess[]> {
    return context.services.staffAccess.list(viewerId(context));
  }
}
