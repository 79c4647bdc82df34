// What the viewer agrees to, and changing it.
import { Arg, Ctx, FieldResolver, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { unauthenticated } from '../../graphql/errors.js';
import { Viewer } from '../../schema/account/account.js';
import { Consent, ConsentEntry, SetConsentInput, SetConsentPayload } from '../../schema/consent/consent.js';
import { userErrors } from '../../schema/user-error.js';
import { ofAccount } from '../acting-session.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class ConsentResolver {
  @Mutation(() => SetConsentPayload, {
    description: 'Grants, refuses or withdraws a consent. Saying the same again changes nothing.',
  })
  async setConsent(
    @Arg('input', () => SetConsentInput, { description: 'The choice.' })
    { purpose, processor, granted }: SetConsentInput,
    @Ctx() context: Context,
  ): Promise<SetConsentPayload> {
    const { services, session } = context;
    const choice = { purpose, processor: processor ?? null, granted };
    const outcome = session && (await services.consent.set(session.accountId, choice));
    // A session may outlive its account by moments.
    if (outcome === null || (outcome.ok && outcome.value === null)) throw unauthenticated();
    if (!outcome.ok) return { consent: null, userErrors: userErrors(outcome.userErrors) };
    if (purpose === 'analytics-cookies' && !granted) context.setChannelCookie(null);
    return { consent: outcome.value, userErrors: [] };
  }
}

@Resolver(() => Viewer)
export class ViewerConsentResolver {
  @FieldResolver(() => [Consent], {
    description: 'What holds at this moment, for every purpose; `SHARING` for each processor.',
  })
  async consents(@Ctx() context: Context): Promise<Consent[]> {
    return ofAccount(await context.services.consent.states(viewerId(context)));
  }

  @FieldResolver(() => [ConsentEntry], {
    description: 'Everything that the viewer, or their browser for them, has said; the newest first.',
  })
  async consentHistory(@Ctx() context: Context): Promise<ConsentEntry[]> {
    return context.services.consent.history(viewerId(context));
  }
}
