// Recovery codes: they sign in when app and passkeys are lost. Each is single-use, and only digests of them are kept.
import { randomInt } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import type { Keyring } from '../../../secrets/keyring.js';

const CODES = 10;
/** 80 bits in groups of four (https://www.crockford.com/base32.html). */
const CHARACTERS = 16;
const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
/** A code with whatever white space somebody types into it. */
const MAX_TYPED = 128;

export class RecoveryCodes {
  constructor(private readonly keyring: Keyring) {}

  /** New codes, to be shown once; the previous ones stop working. In a transaction. */
  async renew(manager: EntityManager, accountId: string): Promise<string[]> {
    const codes = Array.from({ length: CODES }, newCode);
    await this.remove(manager, accountId);
    await manager.query('INSERT INTO recovery_code (account_id, digest) SELECT $1, unnest($2::text[])', [
      accountId,
      codes.map((code) => this.digest(accountId, code)),
    ]);
    return codes;
  }

  /** Uses the code up; false when it is none of the account's. */
  async use(manager: EntityManager, accountId: string, code: string): Promise<boolean> {
    if (code.length > MAX_TYPED) return false;
    const [, used] = await manager.query<[unknown[], number]>(
      'DELETE FROM recovery_code WHERE account_id = $1 AND digest = $2',
      [accountId, this.digest(accountId, code)],
    );
    return used === 1;
  }

  async remove(manager: EntityManager, accountId: string): Promise<void> {
    await manager.query('DELETE FROM recovery_code WHERE account_id = $1', [accountId]);
  }

  private digest(accountId: string, code: string): string {
    return this.keyring.digest('recovery-code', `${accountId}:${asWritten(code)}`);
  }
}

function newCode(): string {
  const characters = Array.from({ length: CHARACTERS }, () => ALPHABET[randomInt(ALPHABET.length)]);
  return characters.join('').replace(/.{4}(?=.)/g, '$&-');
}

/** The code without the liberties that its alphabet allows a reader. */
function asWritten(code: string): string {
  return code.toUpperCase().replace(/[\s-]/g, '').replace(/O/g, '0').replace(/[IL]/g, '1');
}
