// The least age for an account.
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import { AgeRequirement } from '../schema/age.js';
import type { Context } from '../schema/context.js';

@Resolver()
export class AgeResolver {
  @Query(() => AgeRequirement, {
    nullable: true,
    description:
      'How old a person who lives in the country must be to have an account. Null when there is no such country. ' +
      'Nobody is asked when they were born: signing up takes a statement that one is old enough.',
  })
  ageRequirement(
    @Arg('country', () => String, {
      description: 'ISO 3166-1 alpha-2, such as `DE`; upper and lower case are the same.',
    })
    country: string,
    @Ctx() { services }: Context,
  ): AgeRequirement | null {
    return services.age.rule(country.trim().toUpperCase());
  }
}
