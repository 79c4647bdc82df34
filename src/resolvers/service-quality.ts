// Where connections fail, for staff.
import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../schema/context.js';
import { badInput } from '../schema/errors.js';
import { ServiceQuality, ServiceQualityArgs } from '../schema/service-quality.js';

@Resolver()
export class ServiceQualityResolver {
  @Query(() => [ServiceQuality], {
    description:
      'Where connections fail: by day, location and provider, in that order, and in no other way. For support and admins.',
  })
  async serviceQuality(
    @Args(() => ServiceQualityArgs) { from, to }: ServiceQualityArgs,
    @Ctx() { services }: Context,
  ): Promise<ServiceQuality[]> {
    const rows = await services.serviceQuality.list(from, to);
    if (rows === 'invalid-range') throw badInput('from and to must span from 1 to 400 days.');
    return rows;
  }
}
