// What a mail says, before it is laid out: the one shape that all templates fill.

import type { Locale } from '../entities/account/account.js';
import { firstDayOf, type Month } from '../lib/calendar.js';

export const LOCALES: readonly Locale[] = ['en', 'de', 'es'];

export interface Link {
  /** What a click does, such as `Sign in`. */
  readonly label: string;
  readonly url: string;
  /** The token in the URL, for those who copy it by hand; null when there is none. */
  readonly token: string | null;
}

/**
 * A piece of a text. Nothing becomes a link but a `url`, which is ours. `said` is what somebody else calls themselves: it
 * stands in quotation marks, and not at all unless it is a name.
 */
export type Piece =
  | string
  | { readonly url: string }
  | { readonly said: string }
  /** An e-mail address that somebody else gave, spelled so that no mail program makes a link of it. */
  | { readonly address: string };

/** A paragraph, in pieces or as one; or a link, shown as a button; or what is stated, each with its name. */
export type Block =
  | string
  | readonly Piece[]
  | { readonly link: Link }
  | { readonly facts: readonly (readonly [name: string, value: string | readonly Piece[]])[] };

export interface Letter {
  readonly subject: string;
  /** Why the person gets this mail, where its purpose alone would say it wrongly. */
  readonly reason?: string;
  readonly blocks: readonly Block[];
}

/** Our own text, in which addresses of pages become links: never one that holds what strangers write. */
export function withLinks(text: string): readonly Piece[] {
  return text
    .split(/(https:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'])/)
    .map((piece, index) => (index % 2 === 1 ? { url: piece } : piece))
    .filter((piece) => piece !== '');
}

/** A language that is missing does not compile. */
export type InEveryLanguage<T> = Readonly<Record<Locale, T>>;

/** The region decides how dates and amounts are written. */
const LANGUAGE_TAGS: InEveryLanguage<string> = { en: 'en-GB', de: 'de-DE', es: 'es-ES' };

/** The language that an account or a sign-up names; English when this software has none of that name. */
export function localeOf(text: string): Locale {
  return LOCALES.find((locale) => locale === text) ?? 'en';
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
