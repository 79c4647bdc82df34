// The data protection officers' case queue, and what they decide.
import { Arg, Args, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import type { Outcome } from '../../input/user-error.js';
import {
  AnswerAppealInput,
  AssignRightsRequestInput,
  DenyRightsRequestInput,
  EnterRightsRequestInput,
  ExtendRightsRequestInput,
  FulfilRightsRequestInput,
  ReleaseRightsRequestInput,
  RightsRequestConnection,
  RightsRequestsArgs,
  TakeRightsRequestInput,
  VerifyRightsRequestInput,
} from '../../schema/rights/case-queue.js';
import { RightsRequestPayload, SubmitRightsRequestPayload } from '../../schema/rights/rights-request.js';
import { userErrors } from '../../schema/user-error.js';
import type { RightsRequestRecord } from '../../services/rights/request-record.js';
import { connection } from '../connection.js';
import { viewerId } from '../viewer-id.js';
import { detailsOf } from './rights-details.js';
import { rightsRequestAsAsked, rightsRequestOf } from './rights-request-view.js';

const REQUEST = { description: 'The request.' };

@Resolver()
export class CaseQueueResolver {
  @Query(() => RightsRequestConnection, {
    description:
      'Rights requests by last day, those whose clock stands still last. For data protection officers.',
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
      async (request) => ({
        node: rightsRequestOf(services, request, 'officer'),
        ...(await services.rights.caseQueue.about(request)),
        documents: await services.rights.documents.of(request.id),
        takenByViewer: request.handlerId === officer,
        officer: await services.rights.caseQueue.officerOf(request),
        enteredBy: await services.rights.caseQueue.enteredBy(request),
      }),
    );
  }

  @Mutation(() => SubmitRightsRequestPayload, {
    description:
      'Enters a request that came by e-mail, by letter or by telephone: the time for an answer runs from the day on which it came. Its person is identified as with `submitRightsRequest`, and the answer is the same with and without an account. For data protection officers.',
  })
  async enterRightsRequest(
    @Arg('input', () => EnterRightsRequestInput, REQUEST) input: EnterRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<SubmitRightsRequestPayload> {
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
    if (!outcome.ok) return { request: null, reference: null, userErrors: userErrors(outcome.userErrors) };
    const { request, reference } = outcome.value;
    const shown = rightsRequestAsAsked(services, request, services.rights.references.read(reference)!);
    return { request: shown, reference, userErrors: [] };
  }

  @Mutation(() => RightsRequestPayload, {
    description:
      'The viewer answers for a request from now on; of two at once, one gets it. For data protection officers.',
  })
  async takeRightsRequest(
    @Arg('input', () => TakeRightsRequestInput, REQUEST) { id }: TakeRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    return payload(context, await context.services.rights.caseQueue.take(act(context, id)));
  }

  @Mutation(() => RightsRequestPayload, {
    description:
      'Gives a request back that the viewer has taken: anybody can take it. For data protection officers.',
  })
  async releaseRightsRequest(
    @Arg('input', () => ReleaseRightsRequestInput, REQUEST) { id }: ReleaseRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    return payload(context, await context.services.rights.caseQueue.release(act(context, id)));
  }

  @Mutation(() => RightsRequestPayload, {
    description:
      'Hands a request over to an officer, from the one who has it: a colleague may be away. CONFLICT when somebody else has it than the caller sees. For data protection officers.',
  })
  async assignRightsRequest(
    @Arg('input', () => AssignRightsRequestInput, REQUEST)
    { id, officer, holder = null }: AssignRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    return payload(context, await context.services.rights.caseQueue.assign(id, { officer, holder }));
  }

  @Mutation(() => RightsRequestPayload, {
    description: 'Records how it was shown that the person asks. For data protection officers.',
  })
  async verifyRightsRequest(
    @Arg('input', () => VerifyRightsRequestInput, REQUEST) { id, verification }: VerifyRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    if (!verification.startsWith('recorded-'))
      throw badInput('verification must be one that is recorded.', 'input.verification');
    return payload(context, await context.services.rights.caseQueue.verify(act(context, id), verification));
  }

  @Mutation(() => RightsRequestPayload, {
    description: 'Takes longer for an answer, once, and tells the person why. For data protection officers.',
  })
  async extendRightsRequest(
    @Arg('input', () => ExtendRightsRequestInput, REQUEST) { id, reason }: ExtendRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    return payload(context, await context.services.rights.caseQueue.extend(act(context, id), reason));
  }

  @Mutation(() => RightsRequestPayload, {
    description: 'Answers a complaint, or carries a correction out. For data protection officers.',
  })
  async fulfilRightsRequest(
    @Arg('input', () => FulfilRightsRequestInput, REQUEST) { id, answer = null }: FulfilRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    return payload(context, await context.services.rights.caseQueue.fulfil(act(context, id), answer));
  }

  @Mutation(() => RightsRequestPayload, {
    description:
      'Denies a request, for a reason; the person is told of the authority and the court. For data protection officers.',
  })
  async denyRightsRequest(
    @Arg('input', () => DenyRightsRequestInput, REQUEST) {
      id,
      reason,
      answer = null,
    }: DenyRightsRequestInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    return payload(context, await context.services.rights.caseQueue.deny(act(context, id), reason, answer));
  }

  @Mutation(() => RightsRequestPayload, {
    description:
      'Decides an appeal: the denial stands, or what was asked is granted. For data protection officers.',
  })
  async answerAppeal(
    @Arg('input', () => AnswerAppealInput, REQUEST) { id, outcome, answer }: AnswerAppealInput,
    @Ctx() context: Context,
  ): Promise<RightsRequestPayload> {
    return payload(
      context,
      await context.services.rights.caseQueue.answerAppeal(act(context, id), outcome, answer),
    );
  }
}

function act(context: Context, id: string) {
  return { id, officerId: viewerId(context) };
}

function payload({ services }: Context, outcome: Outcome<RightsRequestRecord>): RightsRequestPayload {
  return outcome.ok
    ? { request: rightsRequestOf(services, outcome.value, 'officer'), userErrors: [] }
    : { request: null, userErrors: userErrors(outcome.userErrors) };
}
