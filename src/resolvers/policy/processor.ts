// The processors, for anyone.
import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Locale } from '../../schema/account/language.js';
import { OptOut, Processor } from '../../schema/policy/processor.js';

@Resolver(() => Processor)
export class ProcessorResolver {
  @Query(() => [Processor], {
    description:
      'The companies that receive data: who they are, why they receive it, which fields, and from which platforms.',
  })
  processors(@Ctx() { services }: Context): readonly Processor[] {
    return services.processors.processors;
  }

  @FieldResolver(() => [OptOut], {
    description: 'Other ways to opt out: of a whole industry, or on the person’s own device.',
  })
  otherOptOuts(@Root() { otherOptOuts = [] }: Processor): readonly OptOut[] {
    return otherOptOuts;
  }
}

@Resolver(() => OptOut)
export class OptOutResolver {
  @FieldResolver(() => String, { description: 'What the opt-out does, and where to find it on a device.' })
  text(
    @Root() { text }: OptOut,
    @Arg('locale', () => Locale, { defaultValue: Locale.EN, description: 'The language of the text.' })
    locale: Locale,
  ): string {
    return text[locale];
  }
}
