// Codes of authenticator apps (RFC 6238): six digits of HMAC-SHA-1 for each half minute, which every app understands.
import { Secret, TOTP } from 'otpauth';

const ISSUER = 'CyberSapceVPN';
const PERIOD_SECONDS = 30;
const CODE = { algorithm: 'SHA1', digits: 6, period: PERIOD_SECONDS };
/** RFC 4226 section 4 recommends 160 bits. */
const SECRET_BYTES = 20;
/** A code with whatever white space somebody types into it. */
const MAX_TYPED = 64;
/** What others hand out may have 80 bits. */
const LEAST_SECRET_BYTES = 10;
/** Steps before and after the present one whose codes do, too (RFC 6238 section 5.2). */
const WINDOW = 1;

/** What was given is not a secret in base32; the message does not repeat it. */
export class InvalidSecret extends Error {
  override readonly name = 'InvalidSecret';

  constructor() {
    super('not a secret in base32');
  }
}

/** In base32 (RFC 4648 section 6). */
export function newTotpSecret(): string {
  return new Secret({ size: SECRET_BYTES }).base32;
}

/** What apps read from a QR code (https://github.com/google/google-authenticator/wiki/Key-Uri-Format). */
export function totpUri(secret: string, label: string): string {
  return new TOTP({ ...CODE, issuer: ISSUER, label, secret }).toString();
}

/** The code of the moment. `now`: milliseconds since the epoch. Throws InvalidSecret. */
export function totpCode(secret: string, now: number = Date.now()): string {
  return TOTP.generate({ ...CODE, secret: parseSecret(secret), timestamp: now });
}

/** The step whose code it is: the present one, or one beside it; null when it is none of theirs. */
export function totpStep(secret: string, code: string, now: number): number | null {
  if (code.length > MAX_TYPED) return null;
  const token = code.normalize('NFKC').replace(/\s/g, '');
  // The library compares bytes, and fails on as many characters of more than one.
  if (!/^\d{6}$/.test(token)) return null;
  const delta = TOTP.validate({
    ...CODE,
    secret: parseSecret(secret),
    token,
    timestamp: now,
    window: WINDOW,
  });
  return delta === null ? null : TOTP.counter({ period: PERIOD_SECONDS, timestamp: now }) + delta;
}

/** When the code of the step could first be used, in milliseconds since the epoch. */
export function earliestUse(step: number): number {
  return (step - WINDOW) * PERIOD_SECONDS * 1000;
}

/** How long a code can be used from the earliest moment on, and a step more for gateways whose clocks differ. */
export const TOTP_LIFETIME_SECONDS = (2 * WINDOW + 2) * PERIOD_SECONDS;

function parseSecret(base32: string): Secret {
  const secret = fromBase32(base32);
  if (secret === null || secret.bytes.length < LEAST_SECRET_BYTES) throw new InvalidSecret();
  return secret;
}

function fromBase32(text: string): Secret | null {
  try {
    return Secret.fromBase32(text);
  } catch {
    return null;
  }
}
