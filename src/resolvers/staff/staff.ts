// Staff: who they are, and how they leave.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import {
  RemoveStaffInput,
  RemoveStaffPayload,
  StaffArgs,
  StaffMemberConnection,
} from '../../schema/staff/staff.js';
import { connection } from '../connection.js';
import { payload } from '../payload.js';

@Resolver()
export class StaffResolver {
  @Query(() => StaffMemberConnection, {
    description:
      'The people who run the product, by e-mail address. For admins and data protection officers.',
  })
  staff(
    @Args(() => StaffArgs) { role, ...args }: StaffArgs,
    @Ctx() { services }: Context,
  ): Promise<StaffMemberConnection> {
    return connection(
      args,
      (request) => services.staff.page(request, role ?? null),
      ({ account, secondFactor, openRequests, ...member }) => ({
        node: {
          ...member,
          accountId: account,
          secondFactorEnabled: secondFactor,
          openRightsRequests: openRequests,
        },
      }),
    );
  }

  @Mutation(() => RemoveStaffPayload, {
    description:
      'Removes the role of a member of staff. Their sessions end immediately, and the rights requests that they have taken are ' +
      'released. The account becomes a customer’s account, or is closed. The last admin cannot be removed. For admins, with a ' +
      'fresh factor.',
  })
  async removeStaff(
    @Arg('input', () => RemoveStaffInput, { description: 'The account.' })
    { account, closeAccount }: RemoveStaffInput,
    @Ctx() { services }: Context,
  ): Promise<RemoveStaffPayload> {
    return payload(await services.staff.remove(account.trim(), { close: closeAccount }));
  }
}
