// What the payloads of all mutations share. Each mutation has its own payload type, and every other field of it is null when the
// input was refused.
import { Field, ObjectType } from 'type-graphql';
import { UserError } from './user-error.js';

@ObjectType({ simpleResolvers: true })
export abstract class Payload {
  @Field(() => [UserError], {
    description:
      'What must be corrected in the input. The list is empty when the mutation was carried out. Otherwise, all other fields are null.',
  })
  userErrors!: readonly UserError[];
}

/** The options of a payload's object type. */
export function payloadOf(mutation: string) {
  return { description: `The result of \`${mutation}\`.`, simpleResolvers: true };
}
