// The case queue of rights requests, for data protection officers.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import type { Outcome } from '../../input/user-error.js';
import {
  AnswerAppealInput,
  AnswerAppealPayload,
  AssignRightsRequestInput,
  AssignRightsRequestPayload,
  DenyRightsRequestInput,
  DenyRightsRequestPayload,
  EnterRightsRequestInput,
  EnterRightsRequestPayload,
  ExtendRightsRequestInput,
  ExtendRightsRequestPayload,
  FulfilRightsRequestInput,
  FulfilRightsRequestPayload,
  ReleaseRightsRequestInput,
  ReleaseRightsRequestPayload,
  RightsRequestConnection,
  RightsRequestsArgs,
  TakeRightsRequestInput,
  TakeRightsRequestPayload,
  VerifyRightsRequestInput,
  VerifyRightsRequestPayload,
} from '../../schema/rights/case-queue.js';
import type { RightsRequestRecord } from '../../services/rights/request-record.js';
import { connection } from '../connection.js';
import { payload } from '../payload.js';
import { viewerId } from '../viewer-id.js';
import { detailsOf } from './rights-details.js';
import { rightsRequestAsAsked, rightsRequestOf } from './rights-request-view.js';

const REQUEST = { description: 'The request.' };

@Resolver()
export class CaseQueueResolver {
  @Query(() => RightsRequestConnection, {
    description:
      'The case queue: rights requests by due day. Paused requests come last. For data protection officers.',
  })
  async rightsRequests(
    @Args(() => RightsRequestsArgs) { status, ...args }: RightsRequestsArgs,
    @Ctx() context: Context,
  ): Promise<RightsRequestConnection> {
    const { services } = context;
    const officer = viewerId(context);
    return connection(
      args,
      (request) => services.rights.caseQueue.queue(request, status ?? null),
      async (request) => {
        const { caseQueue, documents } = services.rights;
        const { email, agent: agentName } = await caseQueue.about(request);
        return {
          node: rightsRequestOf(services, request, 'officer'),
          email,
          agentName,
          documents: await documents.of(request.id),
          takenByViewer: request.handlerId === officer,
          takenBy: await caseQueue.officerOf(request),
          enteredBy: await caseQueue.enteredBy(request),
        };
      },
    );
  }

  @Mutation(() => EnterRightsRequestPayload, {
    description:
      'Enters a request that came by e-mail, by letter or by telephone. The period for an answer begins on the day of receipt. The ' +
      'identity is verified as for `submitRightsRequest`, and the answer is the same whether or not the address has an account. ' +
      'For data protection officers.',
  })
  async enterRightsRequest(
    @Arg('input', () => EnterRightsRequestInput, REQUEST) input: EnterRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<EnterRightsRequestPayload> {
    const { services } = context;
    const { kind, email, channel, receivedOn, country = null, usState = null } = input;
    const outcome = await services.rights.submission.submitFor({
      kind,
      email,
      details: detailsOf(input),
      country,
      usState,
      agent: null,
      source: null,
      entry: { officerId: viewerId(context), channel, receivedOn },
    });
    return payload(outcome, ({ request, reference }) => {
      const { references } = services.rights;
      return {
        rightsRequest: rightsRequestAsAsked(services, request, references.read(reference)!),
        reference,
      };
    });
  }

  @Mutation(() => TakeRightsRequestPayload, {
    description:
      'Assigns a request that nobody has taken to the viewer, who then answers it. When two officers take it at the same time, only one succeeds. For data protection officers.',
  })
  async takeRightsRequest(
    @Arg('input', () => TakeRightsRequestInput, REQUEST) { id }: TakeRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<TakeRightsRequestPayload> {
    return shown(context, await context.services.rights.caseQueue.take(act(context, id)));
  }

  @Mutation(() => ReleaseRightsRequestPayload, {
    description:
      'Releases a request that the viewer has taken. Another officer can then take it. For data protection officers.',
  })
  async releaseRightsRequest(
    @Arg('input', () => ReleaseRightsRequestInput, REQUEST) { id }: ReleaseRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<ReleaseRightsRequestPayload> {
    return shown(context, await context.services.rights.caseQueue.release(act(context, id)));
  }

  @Mutation(() => AssignRightsRequestPayload, {
    description:
      'Assigns a request to another officer, for example when the current one is away. For data protection officers.',
  })
  async assignRightsRequest(
    @Arg('input', () => AssignRightsRequestInput, REQUEST)
    { id, officerId, currentOfficerId = null }: AssignRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<AssignRightsRequestPayload> {
    return shown(
      context,
      await context.services.rights.caseQueue.assign(id, { officerId, currentOfficerId }),
    );
  }

  @Mutation(() => VerifyRightsRequestPayload, {
    description: 'Records how the identity of the person was verified. For data protection officers.',
  })
  async verifyRightsRequest(
    @Arg('input', () => VerifyRightsRequestInput, REQUEST) { id, verification }: VerifyRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<VerifyRightsRequestPayload> {
    return shown(context, await context.services.rights.caseQueue.verify(act(context, id), verification));
  }

  @Mutation(() => ExtendRightsRequestPayload, {
    description:
      'Extends the period for an answer, once, and notifies the person of the reason. For data protection officers.',
  })
  async extendRightsRequest(
    @Arg('input', () => ExtendRightsRequestInput, REQUEST) { id, reason }: ExtendRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<ExtendRightsRequestPayload> {
    return shown(context, await context.services.rights.caseQueue.extend(act(context, id), reason));
  }

  @Mutation(() => FulfilRightsRequestPayload, {
    description:
      'Grants a request: answers a complaint, or carries out a correction. For data protection officers.',
  })
  async fulfilRightsRequest(
    @Arg('input', () => FulfilRightsRequestInput, REQUEST) { id, answer = null }: FulfilRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<FulfilRightsRequestPayload> {
    return shown(context, await context.services.rights.caseQueue.fulfil(act(context, id), answer));
  }

  @Mutation(() => DenyRightsRequestPayload, {
    description:
      'Denies a request. A mail to the person states the reason and how to complain to the supervisory authority. For data protection officers.',
  })
  async denyRightsRequest(
    @Arg('input', () => DenyRightsRequestInput, REQUEST) {
      id,
      reason,
      answer = null,
    }: DenyRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<DenyRightsRequestPayload> {
    return shown(context, await context.services.rights.caseQueue.deny(act(context, id), reason, answer));
  }

  @Mutation(() => AnswerAppealPayload, {
    description:
      'Decides an appeal: the denial is upheld, or the request is granted. For data protection officers.',
  })
  async answerAppeal(
    @Arg('input', () => AnswerAppealInput, REQUEST) { id, outcome, answer }: AnswerAppealInput,
    @Ctx() context: Context,
  ): Promise<AnswerAppealPayload> {
    return shown(
      context,
      await context.services.rights.caseQueue.answerAppeal(act(context, id), outcome, answer),
    );
  }
}

function act(context: Context, id: string) {
  return { id, officerId: viewerId(context) };
}

function shown({ services }: Context, outcome: Outcome<RightsRequestRecord>) {
  return payload(outcome, (request) => ({ rightsRequest: rightsRequestOf(services, request, 'officer') }));
}
