// The register of authorised agents that speak the Data Rights Protocol, for data protection officers.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { done, refused } from '../../input/user-error.js';
import {
  AddDrpAgentInput,
  AddDrpAgentPayload,
  DrpAgent,
  RevokeDrpAgentInput,
  RevokeDrpAgentPayload,
} from '../../schema/rights/drp-agents.js';
import { payload } from '../payload.js';

@Resolver()
export class DrpAgentResolver {
  @Query(() => [DrpAgent], {
    description:
      'The authorised agents that may use the Data Rights Protocol, by id. For data protection officers.',
  })
  drpAgents(@Ctx() { services }: Context): Promise<DrpAgent[]> {
    return services.rights.drpAgents.all();
  }

  @Mutation(() => AddDrpAgentPayload, {
    description: 'Allows an agent to use the Data Rights Protocol. For data protection officers.',
  })
  async addDrpAgent(
    @Arg('input', () => AddDrpAgentInput, { description: 'The agent.' }) input: AddDrpAgentInput,
    @Ctx() { services }: Context,
  ): Promise<AddDrpAgentPayload> {
    const callbackOrigin = input.callbackOrigin ?? null;
    const outcome = await services.rights.drpAgents.add({ ...input, callbackOrigin });
    return payload(outcome, (drpAgent) => ({ drpAgent }));
  }

  @Mutation(() => RevokeDrpAgentPayload, {
    description:
      'Revokes an agent immediately. Its open requests are still answered. For data protection officers.',
  })
  async revokeDrpAgent(
    @Arg('input', () => RevokeDrpAgentInput, { description: 'The agent.' }) { id }: RevokeDrpAgentInput,
    @Ctx() { services }: Context,
  ): Promise<RevokeDrpAgentPayload> {
    const revoked = await services.rights.drpAgents.remove(id);
    return payload(revoked ? done(null) : refused({ field: 'id', code: 'UNKNOWN_AGENT' }));
  }
}
