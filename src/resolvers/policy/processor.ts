// The register of processors, open to anyone.
import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Locale } from '../../schema/account/language.js';
import { OptOut, Processor } from '../../schema/policy/processor.js';

@Resolver(() => Processor)
export class ProcessorResolver {
  @Query(() => [Processor], {
    description: 'Everybody to whom our software sends data: who, why, which fields, from which platforms.',
  })
  processors(@Ctx() { services }: Context): readonly Processor[] {
    return services.processors.processors;
  }

  @FieldResolver(() => [OptOut], {
    description: 'Ways to opt out beside its own page: of a whole trade, or on one’s own device.',
  })
  otherOptOuts(@Root() { otherOptOuts = [] }: Processor): readonly OptOut[] {
    return otherOptOuts;
  }
}

@Resolver(() => OptOut)
export class OptOutResolver {
  @FieldResolver(() => String, { description: 'What it is, and where on a device it stands.' })
  text(
    @Root() { text }: OptOut,
    @Arg('locale', () => Locale, { defaultValue: Locale.EN, description: 'The language of the text.' })
    locale: Locale,
  ): string {
    return text[locale];
  }
}
