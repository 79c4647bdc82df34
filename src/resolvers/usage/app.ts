// The apps that the viewer has activated.
import { Arg, Ctx, FieldResolver, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import { AppVersion, RecordAppInput, RecordAppPayload } from '../../schema/usage/app.js';
import { ofAccount } from '../acting-session.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class AppResolver {
  @Mutation(() => RecordAppPayload, {
    description:
      'Adds an app that the viewer has activated, so that support knows its version. Adding the same version again changes nothing.',
  })
  async recordApp(
    @Arg('input', () => RecordAppInput, { description: 'The app.' }) input: RecordAppInput,
    @Ctx() context: Context,
  ): Promise<RecordAppPayload> {
    const outcome = await context.services.apps.record(viewerId(context), input);
    return payload(outcome, (recorded) => ({ recorded: ofAccount(recorded) }));
  }
}

@Resolver(() => Viewer)
export class ViewerAppResolver {
  @FieldResolver(() => [AppVersion], {
    description:
      'The apps that the viewer has activated, by platform and version. At most 20 versions are stored for each platform.',
  })
  apps(@Ctx() context: Context): Promise<AppVersion[]> {
    return context.services.apps.list(viewerId(context));
  }
}
