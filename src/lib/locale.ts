// The languages of the product, and how each writes days, months, numbers and amounts.
import { firstDayOf, type Month } from './calendar.js';

export type Locale = 'en' | 'de' | 'es';

export const LOCALES: readonly Locale[] = ['en', 'de', 'es'];

/** A value for each language; one that is missing does not compile. */
export type InEveryLanguage<T> = Readonly<Record<Locale, T>>;

/** The region decides how dates and amounts are written. */
const LANGUAGE_TAGS: InEveryLanguage<string> = { en: 'en-GB', de: 'de-DE', es: 'es-ES' };

/** The language of this name; English when the product does not have it. */
export function localeOf(name: string): Locale {
  return LOCALES.find((locale) => locale === name) ?? 'en';
}

/** `1 November 2026`. `day`: `YYYY-MM-DD`. */
export function dateText(locale: Locale, day: string): string {
  const format = new Intl.DateTimeFormat(LANGUAGE_TAGS[locale], { dateStyle: 'long', timeZone: 'UTC' });
  return format.format(Date.parse(`${day}T00:00:00Z`));
}

/** `November 2026`. */
export function monthText(locale: Locale, month: Month): string {
  const format = { month: 'long', year: 'numeric', timeZone: 'UTC' } as const;
  return new Intl.DateTimeFormat(LANGUAGE_TAGS[locale], format).format(Date.parse(firstDayOf(month)));
}

/** `1,234,567`. */
export function numberText(locale: Locale, number: number): string {
  return new Intl.NumberFormat(LANGUAGE_TAGS[locale]).format(number);
}

/** `€29.99`. `amount`: in the currency's smallest unit; `currency`: ISO 4217. */
export function amountText(locale: Locale, amount: number, currency: string): string {
  const format = new Intl.NumberFormat(LANGUAGE_TAGS[locale], { style: 'currency', currency });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 0));
}
