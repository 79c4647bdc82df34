import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Keyring } from '../../src/secrets/keyring.js';

const NOW = Date.parse('2026-11-23T10:00:00Z');
const keyring = new Keyring(Buffer.alloc(32, 1));

/** The token with one bit of one byte turned. */
function tampered(token: string, byte: number): string {
  const bytes = Buffer.from(token, 'base64url');
  bytes[byte % bytes.length]! ^= 1;
  return bytes.toString('base64url');
}

describe('a sealed value', () => {
  it('opens again, whatever it is, with its purpose and its context', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.string(), (value, context) => {
        const sealed = keyring.seal('totp-secret', value, context);
        expect(keyring.open('totp-secret', sealed, context)).toBe(value);
      }),
    );
  });

  it('does not open for another purpose, in another context or under another secret', () => {
    const sealed = keyring.seal('totp-secret', 'value', 'anna');
    expect(keyring.open('queued-mail', sealed, 'anna')).toBeNull();
    expect(keyring.open('totp-secret', sealed, 'ben')).toBeNull();
    expect(new Keyring(Buffer.alloc(32, 2)).open('totp-secret', sealed, 'anna')).toBeNull();
  });

  it('differs each time, so that equal values cannot be recognised', () => {
    expect(keyring.seal('totp-secret', 'value')).not.toBe(keyring.seal('totp-secret', 'value'));
  });

  it('does not open when any bit of it was changed, or when it is no sealed value at all', () => {
    const sealed = keyring.seal('totp-secret', 'value');
    for (let byte = 0; byte < Buffer.from(sealed, 'base64url').length; byte += 1) {
      expect(keyring.open('totp-secret', tampered(sealed, byte))).toBeNull();
    }
    for (const text of ['', 'x', 'not sealed', randomBytes(200).toString('base64url')]) {
      expect(keyring.open('totp-secret', text)).toBeNull();
    }
  });
});

describe('a token', () => {
  const expires = NOW + 60_000;

  it('stands for its subject until it expires, and not a second longer', () => {
    const token = keyring.issue('sign-up-link', 'subject', expires);
    expect(keyring.redeem('sign-up-link', token, NOW)).toBe('subject');
    expect(keyring.redeem('sign-up-link', token, expires - 1)).toBe('subject');
    expect(keyring.redeem('sign-up-link', token, expires)).toBeNull();
  });

  it('does not work for another purpose, in another installation, or with a changed bit', () => {
    const token = keyring.issue('sign-up-link', 'subject', expires);
    expect(keyring.redeem('password-reset-link', token, NOW)).toBeNull();
    expect(new Keyring(Buffer.alloc(32, 2)).redeem('sign-up-link', token, NOW)).toBeNull();
    for (let byte = 0; byte < Buffer.from(token, 'base64url').length; byte += 1) {
      expect(keyring.redeem('sign-up-link', tampered(token, byte), NOW)).toBeNull();
    }
  });

  it('cannot be made from a sealed value, which somebody may have chosen', () => {
    const sealed = keyring.seal('sign-up-link', `\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}\u{ff}subject`);
    expect(keyring.redeem('sign-up-link', sealed, NOW)).toBeNull();
    expect(keyring.open('sign-up-link', keyring.issue('sign-up-link', 'subject', expires))).toBeNull();
  });

  it('has one spelling, so that a used one cannot come back in another', () => {
    const token = keyring.issue('sign-up-link', 'subject', expires);
    for (const spelling of [
      `${token}=`,
      `${token} `,
      `.${token}`,
      `${token.slice(0, 9)}\n${token.slice(9)}`,
    ]) {
      expect(keyring.redeem('sign-up-link', spelling, NOW)).toBeNull();
    }
  });

  it('does not show its subject', () => {
    const token = keyring.issue('unsubscribe-link', '0b9d8e3c-subject', expires);
    expect(Buffer.from(token, 'base64url').toString('latin1')).not.toContain('subject');
    expect(token).toMatch(/^[\w-]+$/);
  });
});

describe('a digest', () => {
  it('is the same each time, for its purpose and under its secret only', () => {
    const digest = keyring.digest('recovery-code', 'value');
    expect(keyring.digest('recovery-code', 'value')).toBe(digest);
    expect(keyring.digest('step-up', 'value')).not.toBe(digest);
    expect(new Keyring(Buffer.alloc(32, 2)).digest('recovery-code', 'value')).not.toBe(digest);
  });
});
