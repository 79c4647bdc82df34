// The language that a browser keeps for the site, whether or not anybody is signed in.
import { Arg, Ctx, Mutation, Query, Resolver } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Locale, SetLanguageInput, SetLanguagePayload } from '../../schema/account/language.js';

@Resolver()
export class LanguageResolver {
  @Query(() => Locale, {
    nullable: true,
    description:
      'The language that this browser has stored with `setLanguage`. It is null when none was chosen.',
  })
  language(@Ctx() { language }: Context): Locale | null {
    return language;
  }

  @Mutation(() => SetLanguagePayload, {
    description:
      'Stores a language in this browser, as the cookie `__Host-language`. It does not change the language of mails.',
  })
  setLanguage(
    @Arg('input', () => SetLanguageInput, { description: 'The language.' }) { locale }: SetLanguageInput,
    @Ctx() context: Context,
  ): SetLanguagePayload {
    context.setLanguageCookie(locale);
    return { userErrors: [] };
  }
}
