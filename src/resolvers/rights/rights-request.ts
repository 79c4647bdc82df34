// Rights requests, for the people who make them: submitting, confirming, following and withdrawing them.
import { Arg, Ctx, FieldResolver, Mutation, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { stepUpRequired, unauthenticated } from '../../graphql/errors.js';
import type { Outcome } from '../../input/user-error.js';
import { Viewer } from '../../schema/account/account.js';
import { SupervisoryAuthority } from '../../schema/rights/authority.js';
import {
  RightsRequest,
  RightsRequestAgent,
  RightsRequestToConfirm,
} from '../../schema/rights/rights-request.js';
import {
  AppealRightsRequestInput,
  AppealRightsRequestPayload,
  ConfirmRightsAgentInput,
  ConfirmRightsAgentPayload,
  ConfirmRightsRequestInput,
  ConfirmRightsRequestPayload,
  LiftRestrictionPayload,
  SendRightsRequestLinkInput,
  SendRightsRequestLinkPayload,
  SubmitRightsRequestInput,
  SubmitRightsRequestPayload,
  WithdrawRightsRequestInput,
  WithdrawRightsRequestPayload,
  WithdrawStatisticsObjectionPayload,
} from '../../schema/rights/rights-request-inputs.js';
import { RightsRequestEvent } from '../../schema/rights/rights-request-parts.js';
import { isOptOut } from '../../services/rights/details.js';
import type { RightsRequestRecord } from '../../services/rights/request-record.js';
import { ofAccount } from '../acting-session.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';
import { correctionView, detailsOf } from './rights-details.js';
import { rightsRequestAsAsked, rightsRequestOf, statusAsAsked } from './rights-request-view.js';

@Resolver(() => RightsRequest)
export class RightsRequestResolver {
  @Query(() => RightsRequest, {
    nullable: true,
    description: 'The rights request with this reference. It is null when the reference is invalid.',
  })
  async rightsRequest(
    @Arg('reference', () => String, {
      description: 'The reference that `submitRightsRequest` returned.',
    })
    reference: string,
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
      'The rights request that a link confirms, for the page that the link opens. It is null when the link has expired or was used.',
  })
  async rightsRequestToConfirm(
    @Arg('token', () => String, { description: 'The token of the link.' }) token: string,
    @Ctx() { services }: Context,
  ): Promise<RightsRequestToConfirm | null> {
    const asked = await services.rights.confirmation.asked(token);
    if (asked === null) return null;
    const { request, agent, confirmBy, erasesOn, needs: requires } = asked;
    const {
      correction,
      objections = null,
      purposes = null,
      statement = null,
    } = services.rights.requests.details(request);
    const { id: requestId, kind, receivedOn } = request;
    const what = { correction: correctionView(correction), objections, purposes, statement };
    return { requestId, kind, receivedOn, confirmBy, erasesOn, agent, ...what, requires };
  }

  @FieldResolver(() => [RightsRequestEvent], { description: 'The changes of the status, by day.' })
  async events(
    @Root() { id, asked }: RightsRequest,
    @Ctx() { services }: Context,
  ): Promise<RightsRequestEvent[]> {
    const events = await services.rights.requests.events(services.rights.reader, id);
    return events.map(({ status, day: occurredOn }) => ({
      status: asked === undefined ? status : statusAsAsked(status),
      occurredOn,
    }));
  }

  @FieldResolver(() => RightsRequestAgent, {
    nullable: true,
    description:
      'The agent who made the request. Only the person and the data protection officer can read it.',
  })
  agent(
    @Root() { id, asked }: RightsRequest,
    @Ctx() { services }: Context,
  ): Promise<RightsRequestAgent | null> | null {
    return asked === undefined ? services.rights.agents.find(services.rights.reader, id) : null;
  }

  @FieldResolver(() => SupervisoryAuthority, {
    description:
      'The authority to which the person can complain: the one that the law names, or the authority of the account’s country. When ' +
      'the request is read by its reference, it is the authority of the country that the request named.',
  })
  async authority(
    @Root() { id, law, asked }: RightsRequest,
    @Ctx() { services }: Context,
  ): Promise<SupervisoryAuthority> {
    const { authorities, laws, requests, reader } = services.rights;
    const country = asked === undefined ? await requests.countryOf(reader, id) : asked.country;
    return authorities.ofRequest(laws.law(law.id), country);
  }

  @Mutation(() => AppealRightsRequestPayload, {
    description:
      'Appeals a denial until `appealBy`, where the law provides an appeal. A denial can be appealed once. `dueOn` is then the last day for the answer to the appeal.',
  })
  async appealRightsRequest(
    @Arg('input', () => AppealRightsRequestInput, { description: 'The denial, and why it is wrong.' })
    { id, statement }: AppealRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<AppealRightsRequestPayload> {
    const { appeals } = context.services.rights;
    return shown(context, await appeals.appeal(id, viewerId(context), statement), 'owner');
  }

  @Mutation(() => LiftRestrictionPayload, {
    description: 'Ends the viewer’s restriction of processing. The earlier consents are in force again.',
  })
  async liftRestriction(@Ctx() context: Context): Promise<LiftRestrictionPayload> {
    await context.services.restriction.lift(viewerId(context));
    return { userErrors: [] };
  }

  @Mutation(() => WithdrawStatisticsObjectionPayload, {
    description:
      'Withdraws the viewer’s objection to usage statistics. Other objections are withdrawn with `setConsent`.',
  })
  async withdrawStatisticsObjection(@Ctx() context: Context): Promise<WithdrawStatisticsObjectionPayload> {
    await context.services.statisticsObjection.set(viewerId(context), false);
    return { userErrors: [] };
  }

  @Mutation(() => SubmitRightsRequestPayload, {
    description:
      'Makes a rights request: for the viewer, for the owner of an e-mail address, or on behalf of somebody else.',
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
      return payload(outcome, (submitted) => {
        const { request, reference } = ofAccount(submitted);
        return { rightsRequest: rightsRequestOf(services, request, 'owner'), reference };
      });
    }
    const source = context.sourceAddress;
    const whole = { ...asked, email, agent: agent ?? null, source };
    const outcome = await services.rights.submission.submitFor(whole);
    return payload(outcome, ({ request, reference }) => {
      const { references } = services.rights;
      return {
        rightsRequest: rightsRequestAsAsked(services, request, references.read(reference)!),
        reference,
      };
    });
  }

  @Mutation(() => ConfirmRightsRequestPayload, {
    description:
      'Confirms that a rights request is the person’s own: with the link, or with a fresh factor in a session.',
  })
  async confirmRightsRequest(
    @Arg('input', () => ConfirmRightsRequestInput, { description: 'The link, or the request.' })
    { token, id }: ConfirmRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<ConfirmRightsRequestPayload> {
    const { services, session, hasFreshFactor } = context;
    const { confirmation } = services.rights;
    if (token != null) {
      const owner = session !== null && hasFreshFactor ? session.accountId : null;
      return shown(context, await confirmation.confirm(token, owner), 'link');
    }
    return shown(context, await confirmation.confirmOwn(id!, freshViewer(context)), 'owner');
  }

  @Mutation(() => ConfirmRightsAgentPayload, {
    description:
      'Confirms the e-mail address of an agent with the link that was sent to it. Until then, nobody gets a mail on behalf of the agent.',
  })
  async confirmRightsAgent(
    @Arg('input', () => ConfirmRightsAgentInput, { description: 'The link.' })
    { token }: ConfirmRightsAgentInput,
    @Ctx() { services, sourceAddress }: Context,
  ): Promise<ConfirmRightsAgentPayload> {
    const outcome = await services.rights.confirmation.confirmAgent(token, sourceAddress);
    return payload(outcome);
  }

  @Mutation(() => SendRightsRequestLinkPayload, {
    description:
      'Sends the link again: to the e-mail address that the request is about, or to its agent until the agent has confirmed. A request gets at most three links. The answer is the same whether or not the address has an account.',
  })
  async sendRightsRequestLink(
    @Arg('input', () => SendRightsRequestLinkInput, { description: 'The request.' })
    { reference }: SendRightsRequestLinkInput,
    @Ctx() { services, sourceAddress }: Context,
  ): Promise<SendRightsRequestLinkPayload> {
    const outcome = await services.rights.confirmation.sendLink(reference, sourceAddress);
    return payload(outcome);
  }

  @Mutation(() => WithdrawRightsRequestPayload, {
    description:
      'Withdraws a rights request that is still open. A deletion can be withdrawn until it is carried out.',
  })
  async withdrawRightsRequest(
    @Arg('input', () => WithdrawRightsRequestInput, { description: 'The request.' })
    { id, reference }: WithdrawRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<WithdrawRightsRequestPayload> {
    const { services } = context;
    const { references, submission } = services.rights;
    if (id != null) return shown(context, await submission.withdraw(id, viewerId(context)), 'owner');
    const asked = references.read(reference!);
    const outcome = await submission.withdraw(asked?.requestId ?? '', null);
    return payload(outcome, (request) => ({
      rightsRequest: rightsRequestAsAsked(services, request, asked!),
    }));
  }
}

@Resolver(() => Viewer)
export class ViewerRightsRequestResolver {
  @FieldResolver(() => Boolean, {
    description: 'Whether the viewer has restricted processing: data is stored, and not used otherwise.',
  })
  restrictsProcessing(@Ctx() context: Context): Promise<boolean> {
    return context.services.restriction.has(viewerId(context));
  }

  @FieldResolver(() => [RightsRequest], {
    description: 'The rights requests about the viewer, the newest first.',
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

function shown({ services }: Context, outcome: Outcome<RightsRequestRecord>, reader: 'owner' | 'link') {
  return payload(outcome, (request) => ({ rightsRequest: rightsRequestOf(services, request, reader) }));
}
