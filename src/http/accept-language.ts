// The language of a page, by the browser's Accept-Language field.
import { LOCALES, type Locale } from '../lib/locale.js';

/** The language that the browser prefers (RFC 9110 section 12.5.4) of those that the product has; English otherwise. */
export function languageOf(acceptLanguage: string): Locale {
  const preferred = acceptLanguage.split(',').map((item) => {
    const [range = '', weight = 'q=1'] = item.split(';').map((part) => part.trim().toLowerCase());
    const locale = LOCALES.find((each) => range === each || range.startsWith(`${each}-`));
    return { locale, quality: Number(weight.replace(/^q=/, '')) };
  });
  const [best] = preferred
    .filter(({ locale, quality }) => locale !== undefined && quality > 0)
    .sort((one, other) => other.quality - one.quality);
  return best?.locale ?? 'en';
}
