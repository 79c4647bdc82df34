// GraphQL types of the least age for an account.
import { Field, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'How old a person must be to have an account.', simpleResolvers: true })
export class AgeRequirement {
  @Field(() => ID, { description: 'The country of residence (ISO 3166-1 alpha-2).' })
  country!: string;

  @Field(() => Int, { description: 'Years: eighteen, or the age of majority where that is greater.' })
  requiredAge!: number;

  @Field(() => Int, { description: 'Years; the greatest in any of the country’s subdivisions.' })
  ageOfMajority!: number;

  @Field(() => String, {
    description: 'The law that sets the age of majority, or the compilation that tells it.',
  })
  source!: string;
}
