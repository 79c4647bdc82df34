// The data export of a request for access or portability: its progress, and its download link.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import type { Day } from '../../lib/calendar.js';
import { RightsExport, RightsRequest } from '../../schema/rights/rights-request.js';
import { DownloadExportInput, DownloadExportPayload } from '../../schema/rights/rights-request-inputs.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';

@Resolver(() => RightsRequest)
export class RightsExportResolver {
  @FieldResolver(() => RightsExport, {
    nullable: true,
    description:
      'The data export that answers a request for access or portability. It is null before it is begun, and after its last day.',
  })
  async export(
    @Root() { id, asked }: RightsRequest,
    @Ctx() { services }: Context,
  ): Promise<RightsExport | null> {
    // Its size says how much there is about somebody.
    if (asked !== undefined) return null;
    const found = await services.rights.exports.find(id);
    if (found === null) return null;
    const { progress: progressPercent, bytes, expiresOn } = found;
    return { progressPercent, bytes, lastDay: expiresOn as Day | null };
  }

  @Mutation(() => DownloadExportPayload, {
    description: 'Returns a download link for a data export of the viewer. It requires a fresh factor.',
  })
  async downloadExport(
    @Arg('input', () => DownloadExportInput, { description: 'The export.' }) { id }: DownloadExportInput,
    @Ctx() context: Context,
  ): Promise<DownloadExportPayload> {
    const outcome = await context.services.rights.exports.ticket(id, viewerId(context));
    return payload(outcome, (ticket) => ({ path: `/exports/${ticket}` }));
  }
}
