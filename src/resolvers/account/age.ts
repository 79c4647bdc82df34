// The age that an account requires.
import { Arg, Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { AgeRequirement } from '../../schema/account/age.js';
import { countryCode, subdivisionCode } from '../../services/account/profile.js';

@Resolver()
export class AgeResolver {
  @Query(() => AgeRequirement, {
    nullable: true,
    description:
      'The age that a resident of a country must have to get an account. It is null when there is no such place. No date of ' +
      'birth is asked for: people attest that they are old enough.',
  })
  ageRequirement(
    @Arg('country', () => String, {
      description: 'The country (ISO 3166-1 alpha-2), such as `DE`. Upper and lower case are the same.',
    })
    country: string,
    @Arg('subdivision', () => String, {
      nullable: true,
      description:
        'The state or province, such as `CA`: the second part of its ISO 3166-2 code. Without it, the highest age in the ' +
        'country applies. It has no effect where `subdivisions` is empty.',
    })
    subdivision: string | null | undefined,
    @Ctx() { services }: Context,
  ): AgeRequirement | null {
    return services.age.rule(countryCode(country), subdivisionCode(subdivision));
  }
}
