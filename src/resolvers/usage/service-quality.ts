// Service quality, for staff: where connections fail.
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { DayRangeInput } from '../../schema/day-range.js';
import { ServiceQuality } from '../../schema/usage/service-quality.js';
import { inRange } from '../day-range.js';

@Resolver()
export class ServiceQualityResolver {
  @Query(() => [ServiceQuality], {
    description: 'Where connections fail, by day, location and provider. For support and admins.',
  })
  async serviceQuality(
    @Arg('days', () => DayRangeInput, { description: 'The days.' }) { from, to }: DayRangeInput,
    @Ctx() { services }: Context,
  ): Promise<ServiceQuality[]> {
    const rows = inRange(await services.serviceQuality.list(from, to));
    return rows.map(({ failed, ...row }) => ({ ...row, failedAccounts: failed }));
  }
}
