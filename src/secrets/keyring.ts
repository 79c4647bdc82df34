// The secret of the installation, and what is derived from it: sealed values and tokens that nobody else can make or read. It is in
// the environment, never in a store: sealed values are useless to anyone who has only the store.
import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto';

export const SECRET_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
/** Seconds since the epoch, in six bytes. */
const EXPIRY_BYTES = 6;
/** Longer than any token of `issue`: subjects are ids. */
const MAX_TOKEN_CHARACTERS = 1000;

/** What a value is sealed for. Each purpose has its own key, so that a value or token works for no other purpose. */
export type Purpose =
  | 'key-check'
  | 'sign-up-link'
  | 'password-reset-link'
  | 'email-change-link'
  | 'unsubscribe-link'
  | 'open-tracking'
  | 'queued-mail'
  | 'totp-secret'
  | 'recovery-code'
  | 'passkey-challenge'
  | 'passkey-user'
  | 'sign-in-challenge'
  | 'step-up'
  | 'known-browser'
  | 'memory-key'
  | 'marketing-channel'
  | 'vpn-node-token'
  | 'usage-report'
  | 'rights-request'
  | 'rights-request-link'
  | 'rights-agent-link'
  | 'rights-request-reference'
  | 'rights-document'
  | 'rights-export'
  | 'export-download'
  | 'erasure'
  | 'drp-agent-token'
  | 'drp-message'
  | 'address-proof';

export class Keyring {
  private readonly keys = new Map<string, Buffer>();

  /** `secret`: 32 random bytes. */
  constructor(private readonly secret: Buffer) {}

  /** The value under AES-256-GCM with a random nonce, in base64url. It opens only with the same `context`. */
  seal(purpose: Purpose, value: string | Buffer, context = ''): string {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value;
    return this.encrypt(this.keyFor(purpose, 'seal'), bytes, context);
  }

  /** The sealed value, or null when it was not sealed here for this purpose and context. */
  open(purpose: Purpose, sealed: string, context = ''): string | null {
    return this.openBytes(purpose, sealed, context)?.toString() ?? null;
  }

  /** As `open`, for a value that is not a string. */
  openBytes(purpose: Purpose, sealed: string, context = ''): Buffer | null {
    return this.decrypt(this.keyFor(purpose, 'seal'), sealed, context);
  }

  /** An opaque token that stands for the subject until `expires` (milliseconds since the epoch); nothing is stored. */
  issue(purpose: Purpose, subject: string, expires: number): string {
    const expiry = Buffer.alloc(EXPIRY_BYTES);
    expiry.writeUIntBE(Math.floor(expires / 1000), 0, EXPIRY_BYTES);
    return this.encrypt(this.keyFor(purpose, 'token'), Buffer.concat([expiry, Buffer.from(subject)]), '');
  }

  /** The subject of the token; null when the token is forged, was issued for another purpose, or has expired. */
  redeem(purpose: Purpose, token: string, now: number = Date.now()): string | null {
    if (token.length > MAX_TOKEN_CHARACTERS) return null;
    const bytes = this.decrypt(this.keyFor(purpose, 'token'), token, '');
    if (bytes === null || bytes.readUIntBE(0, EXPIRY_BYTES) * 1000 <= now) return null;
    return bytes.subarray(EXPIRY_BYTES).toString();
  }

  /** HMAC-SHA-256 (RFC 2104) of the value, in base64url. It is always the same, and cannot be guessed without the key. */
  digest(purpose: Purpose, value: string | Buffer): string {
    return createHmac('sha256', this.keyFor(purpose, 'digest')).update(value).digest('base64url');
  }

  private encrypt(key: Buffer, bytes: Buffer, context: string): string {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv('aes-256-gcm', key, nonce);
    cipher.setAAD(Buffer.from(context));
    return Buffer.concat([nonce, cipher.update(bytes), cipher.final(), cipher.getAuthTag()]).toString(
      'base64url',
    );
  }

  private decrypt(key: Buffer, sealed: string, context: string): Buffer | null {
    const bytes = Buffer.from(sealed, 'base64url');
    // Another spelling of the same bytes would look like a token that was never used.
    if (bytes.length < NONCE_BYTES + TAG_BYTES || bytes.toString('base64url') !== sealed) return null;
    const nonce = bytes.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', key, nonce);
    decipher.setAAD(Buffer.from(context));
    decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
    try {
      const inner = decipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES));
      return Buffer.concat([inner, decipher.final()]);
    } catch {
      return null;
    }
  }

  /** HKDF with SHA-256 (RFC 5869). */
  private keyFor(purpose: Purpose, use: 'seal' | 'token' | 'digest'): Buffer {
    const name = `${purpose}/${use}`;
    const known = this.keys.get(name);
    if (known !== undefined) return known;
    const key = Buffer.from(hkdfSync('sha256', this.secret, '', name, 32));
    this.keys.set(name, key);
    return key;
  }
}
