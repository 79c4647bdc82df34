// GraphQL types of the authorised agents that speak the Data Rights Protocol.
import { Field, ID, InputType, ObjectType } from 'type-graphql';
import { UserError } from '../user-error.js';

@ObjectType({ description: 'An authorised agent that signs what it asks for.', simpleResolvers: true })
export class DrpAgent {
  @Field(() => ID, { description: 'As the directory of agents names it.' })
  id!: string;

  @Field(() => String, { description: 'What people know it as.' })
  name!: string;

  @Field(() => String, { description: 'Its Ed25519 public key, in base64.' })
  verifyKey!: string;

  @Field(() => String, { description: 'Its web site.' })
  webUrl!: string;

  @Field(() => String, {
    nullable: true,
    description: 'The only origin to which it is told of changes; null: it is not.',
  })
  callbackOrigin!: string | null;
}

@InputType({ description: 'An agent that is let in.' })
export class AddDrpAgentInput {
  @Field(() => ID, {
    description: 'As the directory of agents names it: capital letters, digits and underscores.',
  })
  id!: string;

  @Field(() => String, { description: 'What people know it as.' })
  name!: string;

  @Field(() => String, { description: 'Its Ed25519 public key, in base64.' })
  verifyKey!: string;

  @Field(() => String, { description: 'Its web site, with https.' })
  webUrl!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The only origin to which changes are reported, such as `https://agent.example`, on the public internet.',
  })
  callbackOrigin?: string | null;
}

@InputType({ description: 'An agent that is shut out.' })
export class RemoveDrpAgentInput {
  @Field(() => ID, { description: 'The agent.' })
  id!: string;
}

@ObjectType({ description: 'The agent, or why it was not let in.', simpleResolvers: true })
export class AddDrpAgentPayload {
  @Field(() => DrpAgent, { nullable: true, description: 'Null when the input was refused.' })
  agent!: DrpAgent | null;

  @Field(() => [UserError], { description: 'Empty when the agent was let in.' })
  userErrors!: UserError[];
}

@ObjectType({ description: 'Whether there was such an agent.', simpleResolvers: true })
export class RemoveDrpAgentPayload {
  @Field(() => Boolean, { description: 'False when there was none.' })
  removed!: boolean;

  @Field(() => [UserError], { description: 'Always empty.' })
  userErrors!: UserError[];
}
