// What the viewer consents to, and changing it.
import { Arg, Ctx, FieldResolver, Mutation, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { unauthenticated } from '../../graphql/errors.js';
import { Viewer } from '../../schema/account/account.js';
import { Consent, ConsentEntry, SetConsentInput, SetConsentPayload } from '../../schema/consent/consent.js';
import type { ConsentState } from '../../services/consent/consent.js';
import { ofAccount } from '../acting-session.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';

@Resolver()
export class ConsentResolver {
  @Mutation(() => SetConsentPayload, {
    description:
      'Grants, refuses or withdraws a consent, with immediate effect. Repeating a decision changes nothing.',
  })
  async setConsent(
    @Arg('input', () => SetConsentInput, { description: 'The decision.' })
    { purpose, processorId, granted }: SetConsentInput,
    @Ctx() context: Context,
  ): Promise<SetConsentPayload> {
    const { services, session } = context;
    const choice = { purpose, processor: processorId ?? null, granted };
    const outcome = session && (await services.consent.set(session.accountId, choice));
    // A session may outlive its account by moments.
    if (outcome === null || (outcome.ok && outcome.value === null)) throw unauthenticated();
    if (outcome.ok && purpose === 'analytics-cookies' && !granted) context.setChannelCookie(null);
    return payload(outcome, (state) => ({ consent: consentOf(state!) }));
  }
}

@Resolver(() => Viewer)
export class ViewerConsentResolver {
  @FieldResolver(() => [Consent], {
    description: 'The current consent for each purpose. `SHARING` appears once for each processor.',
  })
  async consents(@Ctx() context: Context): Promise<Consent[]> {
    return ofAccount(await context.services.consent.states(viewerId(context))).map(consentOf);
  }

  @FieldResolver(() => [ConsentEntry], {
    description: 'All decisions about the viewer’s consents, the newest first.',
  })
  async consentHistory(@Ctx() context: Context): Promise<ConsentEntry[]> {
    const entries = await context.services.consent.history(viewerId(context));
    return entries.map(({ processor, day, because, ...entry }) => ({
      ...entry,
      processorId: processor,
      decidedOn: day,
      source: because,
    }));
  }
}

function consentOf({ processor, since, because, ...state }: ConsentState): Consent {
  return { ...state, processorId: processor, decidedOn: since, source: because };
}
