// Rights requests, for whoever asks: submitting, confirming, following and withdrawing them.
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import { Viewer } from '../schema/account.js';
import { SupervisoryAuthority } from '../schema/authority.js';
import type { Context } from '../schema/context.js';
import { badInput, stepUpRequired, unauthenticated, userErrors } from '../schema/errors.js';
import {
  ConfirmRightsRequestInput,
  LiftPayload,
  type RightsCorrectionInput,
  RightsRequest,
  RightsRequestEvent,
  RightsRequestPayload,
  SendRightsRequestLinkInput,
  SendRightsRequestLinkPayload,
  SubmitRightsRequestInput,
  SubmitRightsRequestPayload,
  WithdrawRightsRequestInput,
} from '../schema/rights-request.js';
import type { Outcome } from '../services/fault.js';
import type { Correction, RightsDetails, RightsRequestRecord } from '../services/rights/requests.js';
import { ofAccount } from './acting-session.js';
import { rightsRequestOf } from './rights-request-view.js';
import { viewerId } from './viewer-id.js';

@Resolver(() => RightsRequest)
export class RightsRequestResolver {
  @Query(() => RightsRequest, {
    nullable: true,
    description: 'How far a request is, for whoever has its reference; null when that is none.',
  })
  async rightsRequest(
    @Arg('reference', () => String, { description: 'What `submitRightsRequest` gave.' }) reference: string,
    @Ctx() { services }: Context,
  ): Promise<RightsRequest | null> {
    const { submission, requests } = services.rights;
    const id = submission.requestOf(reference);
    const record = id === null ? null : await requests.find(services.rights.reader, id);
    return record === null ? null : rightsRequestOf(services, record, 'stranger');
  }

  @FieldResolver(() => [RightsRequestEvent], { description: 'What became of it, by day.' })
  events(@Root() { id }: RightsRequest, @Ctx() { services }: Context): Promise<RightsRequestEvent[]> {
    return services.rights.requests.events(services.rights.reader, id);
  }

  @FieldResolver(() => SupervisoryAuthority, {
    description: 'Whom the person can complain to: the authority of the country of their account.',
  })
  async authority(
    @Root() { id }: RightsRequest,
    @Ctx() { services }: Context,
  ): Promise<SupervisoryAuthority> {
    const { authorities, requests, reader } = services.rights;
    return authorities.of(await requests.countryOf(reader, id));
  }

  @Mutation(() => LiftPayload, {
    description: 'Ends the viewer’s restriction of processing: what they had agreed to before holds again.',
  })
  async liftRestriction(@Ctx() context: Context): Promise<LiftPayload> {
    await context.services.restriction.lift(viewerId(context));
    return { userErrors: [] };
  }

  @Mutation(() => LiftPayload, {
    description: 'Ends the viewer’s objection to usage statistics; other objections end with `setConsent`.',
  })
  async withdrawStatisticsObjection(@Ctx() context: Context): Promise<LiftPayload> {
    await context.services.statisticsObjection.set(viewerId(context), false);
    return { userErrors: [] };
  }

  @Mutation(() => SubmitRightsRequestPayload, {
    description:
      'Asks something of us by right: for the viewer, for the owner of an address, or for somebody else.',
  })
  async submitRightsRequest(
    @Arg('input', () => SubmitRightsRequestInput, { description: 'The request.' })
    input: SubmitRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<SubmitRightsRequestPayload> {
    const { services } = context;
    const { kind, email, agent, country = null, usState = null } = input;
    const asked = { kind, details: detailsOf(input), country, usState };
    if (email == null) {
      const owner = freshViewer(context);
      const outcome = await services.rights.submission.submitSignedIn(owner, asked);
      if (!outcome.ok) return { request: null, reference: null, userErrors: userErrors(outcome.faults) };
      const { request, reference } = ofAccount(outcome.value);
      return { request: rightsRequestOf(services, request, 'owner'), reference, userErrors: [] };
    }
    const source = context.sourceAddress;
    const whole = { ...asked, email, agent: agent ?? null, source };
    const outcome = await services.rights.submission.submitFor(whole);
    if (!outcome.ok) return { request: null, reference: null, userErrors: userErrors(outcome.faults) };
    const { request, reference } = outcome.value;
    return { request: rightsRequestOf(services, request, 'stranger'), reference, userErrors: [] };
  }

  @Mutation(() => RightsRequestPayload, {
    description: 'The person says that a request about them is their own: by the mailed link, or signed in.',
  })
  async confirmRightsRequest(
    @Arg('input', () => ConfirmRightsRequestInput, { description: 'The link, or the request.' })
    { token, id }: ConfirmRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    const { services, session, hasFreshFactor } = context;
    const { submission } = services.rights;
    if ((token == null) === (id == null)) throw badInput('Give a token or an id, and not both.', 'input');
    if (token != null) {
      const owner = session !== null && hasFreshFactor ? session.accountId : null;
      return payload(context, await submission.confirm(token, owner), 'stranger');
    }
    return payload(context, await submission.confirmOwn(id!, freshViewer(context)), 'owner');
  }

  @Mutation(() => SendRightsRequestLinkPayload, {
    description: 'Sends another link to the address that a request is about; three at most.',
  })
  async sendRightsRequestLink(
    @Arg('input', () => SendRightsRequestLinkInput, { description: 'The request.' })
    { reference }: SendRightsRequestLinkInput,
    @Ctx() { services }: Context,
  ): Promise<SendRightsRequestLinkPayload> {
    const outcome = await services.rights.submission.sendLink(reference);
    return { userErrors: outcome.ok ? [] : userErrors(outcome.faults) };
  }

  @Mutation(() => RightsRequestPayload, {
    description: 'Takes a request back that has no outcome yet; a deletion, too, until it is carried out.',
  })
  async withdrawRightsRequest(
    @Arg('input', () => WithdrawRightsRequestInput, { description: 'The request.' })
    { id, reference }: WithdrawRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    const { submission } = context.services.rights;
    if ((reference == null) === (id == null))
      throw badInput('Give an id or a reference, and not both.', 'input');
    if (id != null) return payload(context, await submission.withdraw(id, viewerId(context)), 'owner');
    const referred = submission.requestOf(reference!) ?? '';
    return payload(context, await submission.withdraw(referred, null), 'stranger');
  }
}

@Resolver(() => Viewer)
export class ViewerRightsRequestResolver {
  @FieldResolver(() => Boolean, {
    description: 'Whether the viewer restricts processing: what there is is kept, and used for nothing.',
  })
  restrictsProcessing(@Ctx() context: Context): Promise<boolean> {
    return context.services.restriction.has(viewerId(context));
  }

  @FieldResolver(() => [RightsRequest], {
    description: 'What was asked about the viewer, by them or for them, the newest first.',
  })
  async rightsRequests(@Ctx() context: Context): Promise<RightsRequest[]> {
    const records = await context.services.rights.submission.ofAccount(viewerId(context));
    return records.map((record) => rightsRequestOf(context.services, record, 'owner'));
  }
}

/** Throws UNAUTHENTICATED or STEP_UP_REQUIRED. */
function freshViewer({ session, hasFreshFactor }: Context): string {
  if (session === null) throw unauthenticated();
  if (!hasFreshFactor) throw stepUpRequired();
  return session.accountId;
}

function payload(
  { services }: Context,
  outcome: Outcome<RightsRequestRecord>,
  reader: 'owner' | 'stranger',
): RightsRequestPayload {
  return outcome.ok
    ? { request: rightsRequestOf(services, outcome.value, reader), userErrors: [] }
    : { request: null, userErrors: userErrors(outcome.faults) };
}

function detailsOf(input: SubmitRightsRequestInput): RightsDetails {
  const { statement, correction, objections, purposes } = input;
  return {
    ...(statement != null && { statement }),
    ...(correction != null && { correction: correctionOf(correction) }),
    ...(objections != null && { objections }),
    ...(purposes != null && { purposes }),
  };
}

/** Throws BAD_USER_INPUT when a day is missing, which no form leaves out. */
function correctionOf({ field, value, day, platform, version }: RightsCorrectionInput): Correction {
  if (field === 'email') return { field, value: value ?? '' };
  if (field === 'app') return { field, platform: platform ?? '', version: version ?? '' };
  if (day == null) throw badInput('A correction of usage names its day.', 'input.correction.day');
  return { field, day };
}
