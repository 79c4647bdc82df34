// How the page of a data export shows values to people: days, numbers, and words instead of codes.
import { dateText, type Locale, numberText } from '../../../lib/locale.js';
import type { PageTexts } from '../../data-inventory/inventory-page.js';
import type { PrivacyLaws } from '../../policy/laws.js';
import type { ProcessorRegister } from '../../policy/processors.js';

export interface ValueWords {
  readonly locale: Locale;
  readonly values: PageTexts['values'];
  readonly laws: Pick<PrivacyLaws, 'all'>;
  readonly processors: ProcessorRegister;
  readonly yes: string;
  readonly no: string;
}

const DAY = /^\d{4}-\d{2}-\d{2}$/;

/** `list`: the list that has its words, or null. Returns an empty string for null. */
export function shown(value: unknown, list: string | null, words: ValueWords): string {
  if (value === null || value === undefined || value === '') return '';
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (typeof value === 'number') return numberText(words.locale, value);
  if (Array.isArray(value)) return value.map((item) => shown(item, list, words)).join(', ');
  if (typeof value === 'object') return objectText(value, list, words);
  const text = String(value);
  if (list !== null) return wordOf(text, list, words);
  return DAY.test(text) ? dateText(words.locale, text) : text;
}

/** `name: value; …`, with what lies inside in its own place. */
function objectText(value: object, list: string | null, words: ValueWords): string {
  return Object.entries(value)
    .filter(([, inner]) => inner !== null && inner !== undefined)
    .map(
      ([name, inner]) => `${wordOf(name, list ?? '', words)}: ${shown(inner, NESTED[name] ?? null, words)}`,
    )
    .join('; ');
}

/** Lists of what lies inside a request. */
const NESTED: Readonly<Record<string, string>> = { correction: 'details', purposes: 'consent-purpose' };

/** A code that has no words stands as it is. */
function wordOf(code: string, list: string, { locale, values, laws, processors }: ValueWords): string {
  if (list === 'country') return displayName(locale, 'region', code);
  if (list === 'language') return displayName(locale, 'language', code);
  if (list === 'law') return laws.all().find(({ id }) => id === code)?.name ?? code;
  if (list === 'processor') {
    const processor = processors.processors.find(({ id }) => id === code);
    return (locale === 'en' ? processor : processor?.in[locale])?.name ?? code;
  }
  return values[list]?.[code]?.[locale] ?? code;
}

function displayName(locale: Locale, type: 'region' | 'language', code: string): string {
  try {
    return new Intl.DisplayNames([locale], { type }).of(code) ?? code;
  } catch {
    return code;
  }
}

/** `Germany`. `country`: ISO 3166-1 alpha-2. */
export function countryText(locale: Locale, country: string): string {
  return displayName(locale, 'region', country);
}
