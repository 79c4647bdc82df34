// The apps that the viewer has activated.
import { Arg, Ctx, FieldResolver, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import { AppVersion, RecordAppInput, RecordAppPayload } from '../../schema/usage/app.js';
import { userErrors } from '../../schema/user-error.js';
import { ofAccount } from '../acting-session.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class AppResolver {
  @Mutation(() => RecordAppPayload, {
    description:
      'Adds an app that the viewer has activated, so that support knows its version. Saying it again changes nothing.',
  })
  async recordApp(
    @Arg('input', () => RecordAppInput, { description: 'The app.' }) input: RecordAppInput,
    @Ctx() context: Context,
  ): Promise<RecordAppPayload> {
    const outcome = await context.services.apps.record(viewerId(context), input);
    return outcome.ok
      ? { recorded: ofAccount(outcome.value), userErrors: [] }
      : { recorded: false, userErrors: userErrors(outcome.userErrors) };
  }
}

@Resolver(() => Viewer)
export class ViewerAppResolver {
  @FieldResolver(() => [AppVersion], {
    description:
      'The apps that the viewer has activated: by platform, the lowest version first, at most 20 of each.',
  })
  apps(@Ctx() context: Context): Promise<AppVersion[]> {
    return context.services.apps.list(viewerId(context));
  }
}
