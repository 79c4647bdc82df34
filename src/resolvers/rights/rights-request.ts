// Rights requests, for whoever asks: submitting, confirming, following and withdrawing them.
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { badInput, stepUpRequired, unauthenticated } from '../../graphql/errors.js';
import type { Outcome } from '../../input/user-error.js';
import { Viewer } from '../../schema/account/account.js';
import { SupervisoryAuthority } from '../../schema/rights/authority.js';
import {
  AppealRightsRequestInput,
  ConfirmRightsAgentInput,
  ConfirmRightsAgentPayload,
  ConfirmRightsRequestInput,
  LiftPayload,
  RightsRequest,
  RightsRequestAgent,
  RightsRequestEvent,
  RightsRequestPayload,
  RightsRequestToConfirm,
  SendRightsRequestLinkInput,
  SendRightsRequestLinkPayload,
  SubmitRightsRequestInput,
  SubmitRightsRequestPayload,
  WithdrawRightsRequestInput,
} from '../../schema/rights/rights-request.js';
import { userErrors } from '../../schema/user-error.js';
import { isOptOut } from '../../services/rights/details.js';
import type { RightsRequestRecord } from '../../services/rights/request-record.js';
import { ofAccount } from '../acting-session.js';
import { viewerId } from '../viewer-id.js';
import { detailsOf } from './rights-details.js';
import { rightsRequestAsAsked, rightsRequestOf, statusAsAsked } from './rights-request-view.js';

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
    const { references, requests, reader } = services.rights;
    const asked = references.read(reference);
    const record = asked === null ? null : await requests.find(reader, asked.requestId);
    return asked === null || record === null ? null : rightsRequestAsAsked(services, record, asked);
  }

  @Query(() => RightsRequestToConfirm, {
    nullable: true,
    description:
      'What a mailed link confirms, for the page that it opens; changes nothing. Null when the link is too old or used.',
  })
  async rightsRequestToConfirm(
    @Arg('token', () => String, { description: 'The token of the link.' }) token: string,
    @Ctx() { services }: Context,
  ): Promise<RightsRequestToConfirm | null> {
    const asked = await services.rights.confirmation.asked(token);
    if (asked === null) return null;
    const { request, agent, confirmBy, erasesOn, needs } = asked;
    const {
      correction = null,
      objections = null,
      purposes = null,
      statement = null,
    } = services.rights.requests.details(request);
    const { id: requestId, kind, receivedOn } = request;
    const what = { correction, objections, purposes, statement };
    return { requestId, kind, receivedOn, confirmBy, erasesOn, agent, ...what, needs };
  }

  @FieldResolver(() => [RightsRequestEvent], { description: 'What became of it, by day.' })
  async events(
    @Root() { id, asked }: RightsRequest,
    @Ctx() { services }: Context,
  ): Promise<RightsRequestEvent[]> {
    const events = await services.rights.requests.events(services.rights.reader, id);
    if (asked === undefined) return events;
    return events.map(({ status, day }) => ({ status: statusAsAsked(status), day }));
  }

  @FieldResolver(() => RightsRequestAgent, {
    nullable: true,
    description: 'Who asks for the person; for them and the data protection officer alone.',
  })
  agent(
    @Root() { id, asked }: RightsRequest,
    @Ctx() { services }: Context,
  ): Promise<RightsRequestAgent | null> | null {
    return asked === undefined ? services.rights.agents.find(services.rights.reader, id) : null;
  }

  @FieldResolver(() => SupervisoryAuthority, {
    description:
      'Whom the person can complain to: the one that the law names, else the authority of the country of their account; for anyone who has only a reference, of the country that they gave.',
  })
  async authority(
    @Root() { id, law, asked }: RightsRequest,
    @Ctx() { services }: Context,
  ): Promise<SupervisoryAuthority> {
    const { authorities, laws, requests, reader } = services.rights;
    const country = asked === undefined ? await requests.countryOf(reader, id) : asked.country;
    return authorities.ofRequest(laws.law(law.id), country);
  }

  @Mutation(() => RightsRequestPayload, {
    description:
      'Appeals a denial, once, until `appealBy`: laws of the United States give that. It is answered by another day (`dueOn`).',
  })
  async appealRightsRequest(
    @Arg('input', () => AppealRightsRequestInput, { description: 'The denial, and why it is wrong.' })
    { id, statement }: AppealRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    const { appeals } = context.services.rights;
    return payload(context, await appeals.appeal(id, viewerId(context), statement), 'owner');
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
      // The law lets nobody ask who opts out (11 CCR § 7060(b)).
      const owner = isOptOut(kind, asked.details) ? viewerId(context) : freshViewer(context);
      const outcome = await services.rights.submission.submitSignedIn(owner, asked);
      if (!outcome.ok) return { request: null, reference: null, userErrors: userErrors(outcome.userErrors) };
      const { request, reference } = ofAccount(outcome.value);
      return { request: rightsRequestOf(services, request, 'owner'), reference, userErrors: [] };
    }
    const source = context.sourceAddress;
    const whole = { ...asked, email, agent: agent ?? null, source };
    const outcome = await services.rights.submission.submitFor(whole);
    if (!outcome.ok) return { request: null, reference: null, userErrors: userErrors(outcome.userErrors) };
    const { request, reference } = outcome.value;
    const shown = rightsRequestAsAsked(services, request, services.rights.references.read(reference)!);
    return { request: shown, reference, userErrors: [] };
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
    const { confirmation } = services.rights;
    if ((token == null) === (id == null)) throw badInput('Give a token or an id, and not both.', 'input');
    if (token != null) {
      const owner = session !== null && hasFreshFactor ? session.accountId : null;
      return payload(context, await confirmation.confirm(token, owner), 'link');
    }
    return payload(context, await confirmation.confirmOwn(id!, freshViewer(context)), 'owner');
  }

  @Mutation(() => ConfirmRightsAgentPayload, {
    description:
      'An agent shows, by the link that was mailed to it, that its address is its own: before that, nobody is written to for it.',
  })
  async confirmRightsAgent(
    @Arg('input', () => ConfirmRightsAgentInput, { description: 'The link.' })
    { token }: ConfirmRightsAgentInput,
    @Ctx() { services, sourceAddress }: Context,
  ): Promise<ConfirmRightsAgentPayload> {
    const outcome = await services.rights.confirmation.confirmAgent(token, sourceAddress);
    return { userErrors: outcome.ok ? [] : userErrors(outcome.userErrors) };
  }

  @Mutation(() => SendRightsRequestLinkPayload, {
    description:
      'Sends another link to the address that a request is about, or to its agent while that has not confirmed its own; three at most, and few in a day to one address.',
  })
  async sendRightsRequestLink(
    @Arg('input', () => SendRightsRequestLinkInput, { description: 'The request.' })
    { reference }: SendRightsRequestLinkInput,
    @Ctx() { services, sourceAddress }: Context,
  ): Promise<SendRightsRequestLinkPayload> {
    const outcome = await services.rights.confirmation.sendLink(reference, sourceAddress);
    return { userErrors: outcome.ok ? [] : userErrors(outcome.userErrors) };
  }

  @Mutation(() => RightsRequestPayload, {
    description: 'Takes a request back that has no outcome yet; a deletion, too, until it is carried out.',
  })
  async withdrawRightsRequest(
    @Arg('input', () => WithdrawRightsRequestInput, { description: 'The request.' })
    { id, reference }: WithdrawRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    const { services } = context;
    const { references, submission } = services.rights;
    if ((reference == null) === (id == null))
      throw badInput('Give an id or a reference, and not both.', 'input');
    if (id != null) return payload(context, await submission.withdraw(id, viewerId(context)), 'owner');
    const asked = references.read(reference!);
    const outcome = await submission.withdraw(asked?.requestId ?? '', null);
    if (!outcome.ok || asked === null) return payload(context, outcome, 'link');
    return { request: rightsRequestAsAsked(services, outcome.value, asked), userErrors: [] };
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
  reader: 'owner' | 'link',
): RightsRequestPayload {
  return outcome.ok
    ? { request: rightsRequestOf(services, outcome.value, reader), userErrors: [] }
    : { request: null, userErrors: userErrors(outcome.userErrors) };
}
