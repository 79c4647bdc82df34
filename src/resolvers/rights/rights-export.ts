// The archive of a request for access or portability: how far it is, and where its owner gets it.
import { Arg, Ctx, FieldResolver, Mutation, Resolver, Root } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import type { Day } from '../../lib/calendar.js';
import {
  DownloadExportInput,
  DownloadExportPayload,
  RightsExport,
} from '../../schema/rights/rights-export.js';
import { RightsRequest } from '../../schema/rights/rights-request.js';
import { userErrors } from '../../schema/user-error.js';
import { viewerId } from '../viewer-id.js';

@Resolver(() => RightsRequest)
export class RightsExportResolver {
  @FieldResolver(() => RightsExport, {
    nullable: true,
    description: 'Of access and portability: the archive; null before it is begun and when it is gone.',
  })
  async export(
    @Root() { id, asked }: RightsRequest,
    @Ctx() { services }: Context,
  ): Promise<RightsExport | null> {
    // Its size says how much there is about somebody.
    if (asked !== undefined) return null;
    const found = await services.rights.exports.find(id);
    return found === null ? null : { ...found, expiresOn: found.expiresOn as Day | null };
  }

  @Mutation(() => DownloadExportPayload, {
    description: 'Where the viewer, who has shown a factor minutes ago, downloads an archive of their own.',
  })
  async downloadExport(
    @Arg('input', () => DownloadExportInput, { description: 'The archive.' }) { id }: DownloadExportInput,
    @Ctx() context: Context,
  ): Promise<DownloadExportPayload> {
    const outcome = await context.services.rights.exports.ticket(id, viewerId(context));
    return outcome.ok
      ? { path: `/exports/${outcome.value}`, userErrors: [] }
      : { path: null, userErrors: userErrors(outcome.userErrors) };
  }
}
