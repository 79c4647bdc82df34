// The register of authorised agents that speak the Data Rights Protocol, for data protection officers.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import {
  AddDrpAgentInput,
  AddDrpAgentPayload,
  DrpAgent,
  RemoveDrpAgentInput,
  RemoveDrpAgentPayload,
} from '../../schema/rights/drp-agents.js';
import { userErrors } from '../../schema/user-error.js';

@Resolver()
export class DrpAgentResolver {
  @Query(() => [DrpAgent], {
    description: 'The agents that may use the Data Rights Protocol, by id. For data protection officers.',
  })
  drpAgents(@Ctx() { services }: Context): Promise<DrpAgent[]> {
    return services.rights.drpAgents.all();
  }

  @Mutation(() => AddDrpAgentPayload, { description: 'Lets an agent in. For data protection officers.' })
  async addDrpAgent(
    @Arg('input', () => AddDrpAgentInput, { description: 'The agent.' }) input: AddDrpAgentInput,
    @Ctx() { services }: Context,
  ): Promise<AddDrpAgentPayload> {
    const callbackOrigin = input.callbackOrigin ?? null;
    const outcome = await services.rights.drpAgents.add({ ...input, callbackOrigin });
    return outcome.ok
      ? { agent: outcome.value, userErrors: [] }
      : { agent: null, userErrors: userErrors(outcome.userErrors) };
  }

  @Mutation(() => RemoveDrpAgentPayload, {
    description: 'Shuts an agent out, at once; what it has asked for goes on. For data protection officers.',
  })
  async removeDrpAgent(
    @Arg('input', () => RemoveDrpAgentInput, { description: 'The agent.' }) { id }: RemoveDrpAgentInput,
    @Ctx() { services }: Context,
  ): Promise<RemoveDrpAgentPayload> {
    return { removed: await services.rights.drpAgents.remove(id), userErrors: [] };
  }
}
