// The interface of objects that `node` finds by their id (Relay, Global Object Identification).
import { Field, ID, InterfaceType } from 'type-graphql';

/** What resolvers return: the views of services do not name their type, and `buildOpenSchema` needs this name. */
export type TypedNode = Node & { readonly __typename: string };

@InterfaceType({ description: 'An object that can be read by its id, with `node`.' })
export abstract class Node {
  @Field(() => ID, { description: 'The id: a UUID that is unique in the whole API.' })
  id!: string;
}
