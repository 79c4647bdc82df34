// GraphQL type of supervisory authorities.
import { Field, ObjectType } from 'type-graphql';

@ObjectType({ description: 'Whom a person complains to.', simpleResolvers: true })
export class SupervisoryAuthority {
  @Field(() => String, { description: 'What it is called.' })
  name!: string;

  @Field(() => String, { description: 'Its web site.' })
  url!: string;
}
