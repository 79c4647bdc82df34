// The viewer's profile and billing profile, and changing them.
import { Arg, Ctx, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { UpdateBillingProfileInput, UpdateBillingProfilePayload } from '../../schema/account/billing.js';
import { UpdateProfileInput, UpdateProfilePayload } from '../../schema/account/profile.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class ProfileResolver {
  @Mutation(() => UpdateProfilePayload, {
    description: 'Changes the viewer’s profile, unless it has changed since it was read.',
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
    return payload(outcome, (account) => ({ account }));
  }

  @Mutation(() => UpdateBillingProfilePayload, {
    description: 'Replaces the viewer’s billing profile, unless it has changed since it was read.',
  })
  async updateBillingProfile(
    @Arg('input', () => UpdateBillingProfileInput, {
      description: 'The version that was read, and the whole profile.',
    })
    { version, ...profile }: UpdateBillingProfileInput,
    @Ctx() context: Context,
  ): Promise<UpdateBillingProfilePayload> {
    const outcome = await context.services.billing.update(viewerId(context), version, profile);
    return payload(outcome, (billingProfile) => ({ billingProfile }));
  }
}
