// Lays a letter out as text and as HTML with the same content. The HTML loads nothing, and everything in it is escaped.

import { isName } from '../input/names.js';
import { escaped, htmlPage } from '../lib/html.js';
import type { Locale } from '../lib/locale.js';
import { FRAMES } from './frame.js';
import type { Block, Letter, Link, Piece } from './letter.js';
import type { MailPurpose } from './mail.js';

export interface LetterToLayOut {
  readonly letter: Letter;
  readonly locale: Locale;
  /** The footer says it in words. */
  readonly purpose: MailPurpose;
  /** Where such mails are stopped; null when they cannot be stopped. */
  readonly unsubscribeUrl: string | null;
  /** An image that counts how often the mail is opened, the only thing that a mail ever loads; null for none. */
  readonly openTrackingUrl: string | null;
  /** Null when unknown: then no marketing mail can be laid out. */
  readonly advertiser: Advertiser | null;
}

/** Who advertises, as marketing mails have to show it (15 U.S.C. § 7704(a)(5)(A)(iii); SOR/2012-36, section 2, of Canada). */
export interface Advertiser {
  /** On one line. */
  readonly postalAddress: string;
  /** An e-mail address that people can write to. */
  readonly contact: string;
}

/** POSTAL_ADDRESS was removed while a marketing mail waited: it is not sent without, and is tried again. */
export class MissingPostalAddress extends Error {
  override readonly name = 'MissingPostalAddress';

  constructor() {
    super('no postal address is set for marketing mails');
  }
}

export interface LaidOut {
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

const SENDER = 'CyberSapceVPN';

/** Throws MissingPostalAddress. */
export function layOut(input: LetterToLayOut): LaidOut {
  if (advertises(input) && input.advertiser === null) throw new MissingPostalAddress();
  return { subject: input.letter.subject, text: textOf(input), html: htmlOf(input) };
}

function textOf(input: LetterToLayOut): string {
  const { letter, locale, purpose, unsubscribeUrl } = input;
  const { salutation, code, unsubscribe, reasons, advertisement } = FRAMES[locale];
  const paragraphs = letter.blocks.map((block) => {
    if (typeof block === 'string') return block;
    if ('facts' in block) {
      return block.facts.map(([name, value]) => `${name}: ${written(value, locale)}`).join('\n');
    }
    if (!('link' in block)) return written(block, locale);
    const { label, url, token } = block.link;
    return token === null ? `${label}:\n${url}` : `${label}:\n${url}\n\n${code}\n${token}`;
  });
  const stop = unsubscribeUrl ? [`${unsubscribe}: ${unsubscribeUrl}`] : [];
  const footer = [SENDER, letter.reason ?? reasons[purpose], ...stop, ...advertiserLines(input)];
  const mark = advertises(input) ? [advertisement] : [];
  // Programs recognise a footer by the line with two hyphens and a space (RFC 3676 section 4.3).
  return `${[...mark, salutation, ...paragraphs].join('\n\n')}\n\n-- \n${footer.join('\n')}\n`;
}

/** An advertisement says so in its first line and names the advertiser. */
function advertises({ purpose }: LetterToLayOut): boolean {
  return purpose === 'marketing';
}

function advertiserLines(input: LetterToLayOut): string[] {
  const { advertiser, locale } = input;
  if (!advertises(input) || advertiser === null) return [];
  return [advertiser.postalAddress, `${FRAMES[locale].contact}: ${advertiser.contact}`];
}

const BODY = 'margin:0;padding:24px 16px;font:16px/1.5 system-ui,-apple-system,Segoe UI,Arial,sans-serif';
// In pixels: an em would be shorter in the footer, whose font is smaller.
const WIDTH = 'max-width:576px';
const MAIN = `${WIDTH};margin:0 auto`;
const BUTTON =
  'display:inline-block;padding:10px 20px;border-radius:6px;background:#0b57d0;color:#ffffff;font-weight:600;text-decoration:none';
const CODE = 'font:14px/1.5 ui-monospace,Menlo,Consolas,monospace;overflow-wrap:anywhere';
const FOOTER = `${WIDTH};margin:32px auto 0;padding-top:16px;border-top:1px solid #767676;font-size:14px`;

function htmlOf(input: LetterToLayOut): string {
  const { letter, locale, purpose, unsubscribeUrl, openTrackingUrl } = input;
  const { salutation, unsubscribe, reasons, advertisement } = FRAMES[locale];
  const mark = advertises(input) ? [paragraph(advertisement, locale)] : [];
  const advertiser = advertiserLines(input).map((line) => `<br>${escaped(line)}`);
  const stop = unsubscribeUrl ? `<br><a href="${escaped(unsubscribeUrl)}">${escaped(unsubscribe)}</a>` : '';
  const image = openTrackingUrl
    ? `\n<img src="${escaped(openTrackingUrl)}" alt="" width="1" height="1">`
    : '';
  const blocks = [
    ...mark,
    paragraph(salutation, locale),
    ...letter.blocks.map((block) => blockHtml(block, locale)),
  ];
  return htmlPage({
    lang: locale,
    title: letter.subject,
    head: '<meta name="color-scheme" content="light dark">',
    style: ':root{color-scheme:light dark}',
    bodyStyle: BODY,
    body: `<main style="${MAIN}">
${blocks.join('\n')}
</main>
<footer style="${FOOTER}">
<p>${escaped(SENDER)}<br>${escaped(letter.reason ?? reasons[purpose])}${stop}${advertiser.join('')}</p>
</footer>${image}`,
  });
}

function blockHtml(block: Block, locale: Locale): string {
  if (typeof block === 'string') return paragraph(block, locale);
  if ('link' in block) return linkHtml(block.link, locale);
  if (!('facts' in block)) return paragraph(block, locale);
  const facts = block.facts.map(
    ([name, value]) => `<dt>${escaped(name)}</dt>\n<dd>${marked(value, locale)}</dd>`,
  );
  return `<dl>\n${facts.join('\n')}\n</dl>`;
}

function linkHtml({ label, url, token }: Link, locale: Locale): string {
  const button = `<p><a href="${escaped(url)}" style="${BUTTON}">${escaped(label)}</a></p>`;
  if (token === null) return button;
  return `${button}\n<p>${escaped(FRAMES[locale].code)}<br><code style="${CODE}">${escaped(token)}</code></p>`;
}

type Text = string | readonly Piece[];

function piecesOf(text: Text): readonly Piece[] {
  return typeof text === 'string' ? [text] : text;
}

/** The name that somebody gave, in quotation marks; a fixed text if it does not look like a name. */
function quoted(said: string, locale: Locale): string {
  const { quotationMarks, noName } = FRAMES[locale];
  return isName(said) ? quotationMarks.replace('…', () => said) : noName;
}

/** `anna [at] new [dot] example`: readable for people, and not turned into a link by mail programs. */
function spelled(address: string): string {
  return address
    .replace(/[^\p{L}\p{M}\p{Nd}@._+-]|\p{Default_Ignorable_Code_Point}/gu, '?')
    .replaceAll('@', ' [at] ')
    .replaceAll('.', ' [dot] ');
}

/** As plain text. */
function written(text: Text, locale: Locale): string {
  const words = piecesOf(text).map((piece) => {
    if (typeof piece === 'string') return piece;
    if ('url' in piece) return piece.url;
    return 'said' in piece ? quoted(piece.said, locale) : spelled(piece.address);
  });
  return words.join('');
}

/** As HTML. Line breaks are kept. */
function marked(text: Text, locale: Locale): string {
  const html = piecesOf(text).map((piece) => {
    if (typeof piece === 'string') return escaped(piece).replaceAll('\n', '<br>');
    if ('said' in piece) return escaped(quoted(piece.said, locale));
    if ('address' in piece) return escaped(spelled(piece.address));
    const shown = escaped(piece.url);
    return `<a href="${shown}">${shown}</a>`;
  });
  return html.join('');
}

function paragraph(text: Text, locale: Locale): string {
  return `<p>${marked(text, locale)}</p>`;
}
