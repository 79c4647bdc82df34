// The viewer's profile and billing profile, and changing them.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { UpdateBillingInput, UpdateBillingPayload } from '../../schema/account/billing.js';
import { UpdateProfileInput, UpdateProfilePayload } from '../../schema/account/profile.js';
import { userErrors } from '../../schema/user-error.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class ProfileResolver {
  @Mutation(() => UpdateProfilePayload, {
    description: 'Changes the viewer’s profile, unless somebody has changed it since it was read.',
  })
  async updateProfile(
    @Arg('input', () => UpdateProfileInput, { description: 'The version that was read, and the changes.' })
    { version, name, locale, country, subdivision, attestedAge }: UpdateProfileInput,
    @Ctx() context: Context,
  ): Promise<UpdateProfilePayload> {
    const patch = {
      ...(name !== undefined && { name }),
      ...(locale != null && { locale }),
      ...(country != null && { country }),
      ...(subdivision != null && { subdivision }),
      ...(attestedAge != null && { attestedAge }),
    };
    const outcome = await context.services.profile.update(viewerId(context), version, patch);
    return outcome.ok
      ? { account: outcome.value, userErrors: [] }
      : { account: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => UpdateBillingPayload, {
    description: 'Replaces the viewer’s billing profile, unless somebody has changed it since it was read.',
  })
  async updateBilling(
    @Arg('input', () => UpdateBillingInput, {
      description: 'The version that was read, and the whole profile.',
    })
    { version, ...profile }: UpdateBillingInput,
    @Ctx() context: Context,
  ): Promise<UpdateBillingPayload> {
    const outcome = await context.services.billing.update(viewerId(context), version, profile);
    return outcome.ok
      ? { billing: outcome.value, userErrors: [] }
      : { billing: null, userErrors: userErrors(outcome.userErrors) };
  }
}
