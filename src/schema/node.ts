// The interface of whatever can be asked for by its id alone (Relay, Global Object Identification).
import { Field, ID, InterfaceType } from 'type-graphql';
import type { NodeType } from '../services/node.js';

/** What resolvers give: the views of services do not tell what they are, and `buildOpenSchema` goes by this name. */
export type TypedNode = Node & { readonly __typename: NodeType };

@InterfaceType({ description: 'What can be asked for by its id alone, with `node`.' })
export abstract class Node {
  @Field(() => ID, { description: 'A UUID; names one object in the whole API.' })
  id!: string;
}
