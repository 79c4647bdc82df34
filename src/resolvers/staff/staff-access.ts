// The accesses of staff to the viewer's usage data.
import { Args, Ctx, FieldResolver, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import { PageArgs } from '../../schema/connection.js';
import { StaffAccessConnection } from '../../schema/staff/staff-access.js';
import { connection } from '../connection.js';
import { viewerId } from '../viewer-id.js';

@Resolver(() => Viewer)
export class ViewerStaffAccessResolver {
  @FieldResolver(() => StaffAccessConnection, {
    description:
      'The accesses by staff to the viewer’s usage data, the newest first. It lists every access through this API and through ' +
      'the command `disclose`.',
  })
  staffAccessLog(
    @Args(() => PageArgs) args: PageArgs,
    @Ctx() context: Context,
  ): Promise<StaffAccessConnection> {
    const accountId = viewerId(context);
    return connection(
      args,
      (request) => context.services.staffAccess.page(accountId, request),
      ({ day: accessedOn, ...access }) => ({ node: { accessedOn, ...access } }),
    );
  }
}
