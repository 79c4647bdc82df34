// GraphQL types of the least age for an account.
import { Field, ID, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'How old a person must be to have an account.', simpleResolvers: true })
export class AgeRequirement {
  @Field(() => ID, { description: 'The country of residence (ISO 3166-1 alpha-2).' })
  country!: string;

  @Field(() => ID, {
    nullable: true,
    description: 'The state or province: the second half of a code of ISO 3166-2. Null: the whole country.',
  })
  subdivision!: string | null;

  @Field(() => [ID], {
    description:
      'The states or provinces to choose from where the age differs by them, sorted: second halves of codes of ' +
      'ISO 3166-2. Empty where the age is the same in the whole country.',
  })
  subdivisions!: readonly string[];

  @Field(() => Int, { description: 'Years: eighteen, or the age of majority where that is greater.' })
  requiredAge!: number;

  @Field(() => Int, { description: 'Years; of a whole country, the greatest in any of its subdivisions.' })
  ageOfMajority!: number;

  @Field(() => String, {
    description: 'The law that sets the age of majority, or the compilation that tells it.',
  })
  source!: string;
}
