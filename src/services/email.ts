// Which texts are e-mail addresses, and their one form.

/** The longest address that a path in SMTP can carry (RFC 5321 section 4.5.3.1.3, less the angle brackets). */
const MAX_LENGTH = 254;
const MAX_LOCAL_LENGTH = 64;

/** A dot-atom (RFC 5322 section 3.2.3); letters and digits of any script (RFC 6532). */
const LOCAL_PART = /^[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+(\.[\p{L}\p{M}\p{N}!#$%&'*+/=?^_`{|}~-]+)*$/u;
/** At least two labels (RFC 1123 section 2.1); letters and digits of any script (RFC 5890). */
const DOMAIN = /^(?!-)[\p{L}\p{M}\p{N}-]{1,63}(?<!-)(\.(?!-)[\p{L}\p{M}\p{N}-]{1,63}(?<!-))+$/u;

/**
 * The address in lower case and Unicode normalisation form C, or null when the text is none. Quoted local parts, address
 * literals and comments are refused: no mailbox that people use has them.
 */
export function parseEmail(text: string): string | null {
  // Composing makes no text that short again, and takes long for combining marks in great number.
  if (text.length > MAX_LENGTH * 2) return null;
  const email = text.trim().normalize('NFC').toLowerCase();
  const at = email.lastIndexOf('@');
  const local = email.slice(0, Math.max(at, 0));
  if (Buffer.byteLength(email) > MAX_LENGTH || Buffer.byteLength(local) > MAX_LOCAL_LENGTH) return null;
  return LOCAL_PART.test(local) && DOMAIN.test(email.slice(at + 1)) ? email : null;
}
