// Where connections fail, for staff.
import { Args, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { SpanArgs } from '../../schema/span.js';
import { ServiceQuality } from '../../schema/usage/service-quality.js';
import { daysAccepted } from '../days-accepted.js';

@Resolver()
export class ServiceQualityResolver {
  @Query(() => [ServiceQuality], {
    description:
      'Where connections fail: by day, location and provider, in that order, and in no other way. For support and admins.',
  })
  async serviceQuality(
    @Args(() => SpanArgs) { from, to }: SpanArgs,
    @Ctx() { services }: Context,
  ): Promise<ServiceQuality[]> {
    return daysAccepted(await services.serviceQuality.list(from, to));
  }
}
