// GraphQL types of the authorised agents that use the Data Rights Protocol.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { Payload, payloadOf } from '../payload.js';

@ObjectType({
  description: 'An authorised agent that sends signed requests by the Data Rights Protocol.',
  simpleResolvers: true,
})
export class DrpAgent {
  @Field(() => ID, { description: 'The id of the agent in the directory of agents.' })
  id!: string;

  @Field(() => String, { description: 'The name of the agent.' })
  name!: string;

  @Field(() => String, { description: 'The agent’s Ed25519 public key in base64.' })
  verifyKey!: string;

  @Field(() => String, { description: 'The URL of the agent’s web site.' })
  webUrl!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The only origin to which changes of requests are reported. It is null when none are reported.',
  })
  callbackOrigin!: string | null;
}

@InputType({ description: 'The input of `addDrpAgent`.' })
export class AddDrpAgentInput {
  @Field(() => ID, {
    description: 'The id of the agent in the directory of agents: capital letters, digits and underscores.',
  })
  id!: string;

  @Field(() => String, { description: 'The name of the agent.' })
  name!: string;

  @Field(() => String, { description: 'The agent’s Ed25519 public key in base64.' })
  verifyKey!: string;

  @Field(() => String, { description: 'The URL of the agent’s web site, which starts with `https://`.' })
  webUrl!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The only origin to which changes of requests are reported, such as `https://agent.example`. It must be on the public internet.',
  })
  callbackOrigin?: string | null;
}

@ObjectType(payloadOf('addDrpAgent'))
export class AddDrpAgentPayload extends Payload {
  @Field(() => DrpAgent, { nullable: true, description: 'The new agent.' })
  drpAgent?: DrpAgent | null;
}

@InputType({ description: 'The input of `revokeDrpAgent`.' })
export class RevokeDrpAgentInput {
  @Field(() => ID, { description: 'The id of the agent.' })
  id!: string;
}

@ObjectType(payloadOf('revokeDrpAgent'))
export class RevokeDrpAgentPayload extends Payload {}
