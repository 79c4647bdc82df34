// Which texts are e-mail addresses, and their one form.
import { domainToASCII } from 'node:url';

/** The longest address that a path in SMTP can carry (RFC 5321 section 4.5.3.1.3, less the angle brackets). */
const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;

/** A dot-atom (RFC 5322 section 3.2.3); letters and digits of any script (RFC 6532). */
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** At least two labels (RFC 1123 section 2.1); letters and digits of any script (RFC 5890). */
const DOMAIN = /^(?!-)[\p{L}\p{M}\p{N}-]{1,63}(?<!-)(\.(?!-)[\p{L}\p{M}\p{N}-]{1,63}(?<!-))+$/u;
/** The same in A-labels. The last is no number (RFC 3696 section 2): that would be an IPv4 address. */
const ASCII_DOMAIN = /^((?!-)[a-z0-9-]{1,63}(?<!-)\.)+(?!-)(?!\d+$)[a-z0-9-]{1,63}(?<!-)$/;

/**
 * The one form of an address, or null when the text is none: the local part in lower case and Unicode normalisation form C,
 * the domain in A-labels (UTS 46), so that one mailbox is one account and has one count of tries. Of a local part nobody but its own server
 * knows which spellings are one (RFC 5321 section 2.3.11). Quoted local parts, address literals and comments are refused:
 * no mailbox that people use has them.
 */
export function parseEmail(text: string): string | null {
  // Composing makes no text that short again, and takes long for combining marks in great number.
  if (text.length > MAX_LENGTH * 2) return null;
  const written = text.trim().normalize('NFC');
  const at = written.lastIndexOf('@');
  const local = written.slice(0, Math.max(at, 0)).toLowerCase();
  const domain = asciiDomain(written.slice(at + 1));
  if (domain === null || !LOCAL_PART.test(local)) return null;
  const email = `${local}@${domain}`;
  return Buffer.byteLength(email) > MAX_LENGTH || Buffer.byteLength(local) > MAX_LOCAL_LENGTH ? null : email;
}

/** `domainToASCII` takes whole URLs, too, so what is no domain is refused first. */
function asciiDomain(domain: string): string | null {
  if (!DOMAIN.test(domain)) return null;
  const ascii = domainToASCII(domain);
  return ASCII_DOMAIN.test(ascii) ? ascii : null;
}
