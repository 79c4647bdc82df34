// The least age for an account.
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { AgeRequirement } from '../../schema/account/age.js';
import { countryCode, subdivisionCode } from '../../services/account/profile.js';

@Resolver()
export class AgeResolver {
  @Query(() => AgeRequirement, {
    nullable: true,
    description:
      'How old a person who lives there must be to have an account. Null when there is no such place. ' +
      'Nobody is asked when they were born: signing up takes a statement that one is old enough.',
  })
  ageRequirement(
    @Arg('country', () => String, {
      description: 'ISO 3166-1 alpha-2, such as `DE`; upper and lower case are the same.',
    })
    country: string,
    @Arg('subdivision', () => String, {
      nullable: true,
      description:
        'The state or province, such as `CA`: the second half of a code of ISO 3166-2. Without one, the greatest age ' +
        'in the country counts. It changes nothing where `subdivisions` is empty.',
    })
    subdivision: string | null | undefined,
    @Ctx() { services }: Context,
  ): AgeRequirement | null {
    return services.age.rule(countryCode(country), subdivisionCode(subdivision));
  }
}
