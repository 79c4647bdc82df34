// Update tokens: with one, a router moves its own network to the address that it sends from, and can do nothing else.
import { createHash, randomBytes } from 'node:crypto';

const TOKEN_BYTES = 16;
/** RFC 4648 section 6, in lower case: some boxes cut long passwords, or change other characters. */
const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';
const CHARACTERS = Math.ceil((TOKEN_BYTES * 8) / 5);

/** Longer text is no token, and is not hashed. */
const MOST_CHARACTERS = 64;

/** 128 random bits as 26 characters of a–z and 2–7. */
export function newUpdateToken(): string {
  let bits =
    BigInt(`0x${randomBytes(TOKEN_BYTES).toString('hex')}`) << BigInt(CHARACTERS * 5 - TOKEN_BYTES * 8);
  let token = '';
  for (let index = 0; index < CHARACTERS; index += 1) {
    token = ALPHABET[Number(bits & 31n)] + token;
    bits >>= 5n;
  }
  return token;
}

/**
 * SHA-256 in hexadecimal, which is all that is stored of a token. It needs no salt: nobody guesses 128 bits. Any text that
 * could be a wrong or a cut token has a digest, so that all wrong tokens take the same way; null: it is empty or too long.
 */
export function updateTokenDigest(text: string): string | null {
  const token = text.trim().toLowerCase();
  if (token === '' || token.length > MOST_CHARACTERS) return null;
  return createHash('sha256').update(`update-token/${token}`).digest('hex');
}
