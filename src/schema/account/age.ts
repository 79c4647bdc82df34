// GraphQL types of the age that an account requires.
import { Field, Int, ObjectType } from 'type-graphql';

@ObjectType({ description: 'The age that a person must have to get an account.', simpleResolvers: true })
export class AgeRequirement {
  @Field(() => String, { description: 'The country of residence (ISO 3166-1 alpha-2).' })
  country!: string;

  @Field(() => String, {
    nullable: true,
    description:
      'The state or province: the second part of its ISO 3166-2 code. It is null when the requirement is the whole country’s.',
  })
  subdivision!: string | null;

  @Field(() => [String], {
    description:
      'The states or provinces to choose from, sorted: the second parts of their ISO 3166-2 codes. The list is empty when the ' +
      'age is the same in the whole country.',
  })
  subdivisions!: readonly string[];

  @Field(() => Int, {
    description: 'The required age in years: 18, or the age of majority when that is higher.',
  })
  requiredAge!: number;

  @Field(() => Int, {
    description: 'The age of majority in years. For a whole country it is the highest of its subdivisions.',
  })
  ageOfMajority!: number;

  @Field(() => String, {
    description: 'The law that sets the age of majority, or the publication that states it.',
  })
  source!: string;
}
