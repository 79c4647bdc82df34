// A draft: a mail that staff send from their own mail program. The product writes it and never sends it.
import type { Locale } from '../lib/locale.js';
import { FRAMES } from './frame.js';

/** A letter of text alone: a draft has no buttons. */
export interface PlainLetter {
  readonly subject: string;
  readonly paragraphs: readonly string[];
}

export interface MailDraft {
  /** An e-mail address. */
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  /** A URL that opens the draft in a mail program (RFC 6068). */
  readonly mailto: string;
}

export function toDraft(to: string, locale: Locale, { subject, paragraphs }: PlainLetter): MailDraft {
  const text = `${[FRAMES[locale].salutation, ...paragraphs].join('\n\n')}\n`;
  return { to, subject, text, mailto: mailtoUrl(to, subject, text) };
}

/** The "@" of the address is not encoded; lines end with CRLF (RFC 6068 sections 2 and 5). */
function mailtoUrl(to: string, subject: string, text: string): string {
  const [address, ...fields] = [to, subject, text.replaceAll('\n', '\r\n')].map(encodeURIComponent);
  return `mailto:${address!.replace('%40', '@')}?subject=${fields[0]}&body=${fields[1]}`;
}
