// The people who run the product: who they are, and how they leave.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import {
  RemoveStaffInput,
  RemoveStaffPayload,
  StaffArgs,
  StaffMemberConnection,
} from '../../schema/staff/staff.js';
import { userErrors } from '../../schema/user-error.js';
import { connection } from '../connection.js';

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
      (node) => ({ node }),
    );
  }

  @Mutation(() => RemoveStaffPayload, {
    description:
      'Takes somebody’s role away: their sessions end at once, the rights requests that they have taken are free again, and their account is a customer’s, or closed. The only admin stays. For admins.',
  })
  async removeStaff(
    @Arg('input', () => RemoveStaffInput, { description: 'The account.' }) {
      account,
      close,
    }: RemoveStaffInput,
    @Ctx() { services }: Context,
  ): Promise<RemoveStaffPayload> {
    const outcome = await services.staff.remove(account.trim(), { close });
    return { userErrors: outcome.ok ? [] : userErrors(outcome.userErrors) };
  }
}
