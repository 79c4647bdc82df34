// The viewer learns when staff looked at what they have used.
import { Ctx, FieldResolver, Resolver } from 'type-graphql';
import { Viewer } from '../schema/account.js';
import type { Context } from '../schema/context.js';
import { StaffAccess } from '../schema/staff-access.js';
import { viewerId } from './viewer-id.js';

@Resolver(() => Viewer)
export class ViewerStaffAccessResolver {
  @FieldResolver(() => [StaffAccess], {
    description:
      'The days on which staff looked at what the viewer has used, and why; the newest first. Nobody can look without ' +
      'standing here.',
  })
  staffAccess(@Ctx() context: Context): Promise<StaffAccess[]> {
    return context.services.staffAccess.list(viewerId(context));
  }
}
