// GraphQL type of supervisory authorities.
import { Field, ObjectType } from 'type-graphql';

@ObjectType({
  description: 'A supervisory authority, to which a person can complain.',
  simpleResolvers: true,
})
export class SupervisoryAuthority {
  @Field(() => String, { description: 'The name of the authority.' })
  name!: string;

  @Field(() => String, { description: 'The URL of the authority’s web site.' })
  url!: string;
}
