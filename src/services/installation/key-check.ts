// Whether a SECRET_KEY is the one of this installation. Under another one a gateway could read nothing that is sealed, and would
// give it up (decision 0060).
import { timingSafeEqual } from 'node:crypto';
import { OperatorError } from '../../lib/operator-error.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { Database } from './installation.js';

/** Another SECRET_KEY than the installation's. */
class KeyError extends OperatorError {}

/** What of an installation goes with its key: each statement counts rows. */
const SEALED: readonly (readonly [what: string, sql: string])[] = [
  ['accounts with an authenticator app', 'SELECT count(*) FROM totp WHERE confirmed'],
  ['accounts with recovery codes', 'SELECT count(DISTINCT account_id) FROM recovery_code'],
  ['VPN servers, whose tokens end', 'SELECT count(*) FROM vpn_node'],
  ['mails that wait', 'SELECT count(*) FROM graphile_worker._private_jobs'],
  [
    'links that are open',
    `SELECT (SELECT count(*) FROM sign_up) + (SELECT count(*) FROM password_reset)
       + (SELECT count(*) FROM email_change) + (SELECT count(*) FROM rights_request_subject)`,
  ],
  [
    'rights requests with details, an answer or an appeal',
    `SELECT count(*) FROM rights_request
     WHERE coalesce(sealed_details, sealed_answer, sealed_appeal) IS NOT NULL`,
  ],
  ['data exports', 'SELECT count(*) FROM rights_export'],
  ['documents of rights requests', 'SELECT count(*) FROM rights_request_document'],
];

/** `none`: no gateway has started with a key yet. */
export type KeyState = 'same' | 'other' | 'none';

/** A digest under a separate key (HKDF, RFC 5869). It reveals nothing about 32 random bytes, and identifies no other secret. */
function checkValue(keyring: Keyring): string {
  return keyring.digest('key-check', '1');
}

export async function keyState(database: Database, keyring: Keyring): Promise<KeyState> {
  const sql = 'SELECT key_check AS "keyCheck" FROM installation WHERE id = 1';
  const [row] = (await database.query(sql)) as { keyCheck: string | null }[];
  if (row?.keyCheck == null) return 'none';
  const [stored, own] = [Buffer.from(row.keyCheck), Buffer.from(checkValue(keyring))];
  return stored.length === own.length && timingSafeEqual(stored, own) ? 'same' : 'other';
}

/**
 * Writes the check value at the first start, once, however many gateways start at the same time. Rejects with KeyError when the
 * key is not the installation's.
 */
export async function claimKey(database: Database, keyring: Keyring): Promise<void> {
  if ((await keyState(database, keyring)) === 'none') {
    const sql = 'UPDATE installation SET key_check = $1 WHERE id = 1 AND key_check IS NULL';
    await database.query(sql, [checkValue(keyring)]);
  }
  await mustBeOwnKey(database, keyring);
}

/** As `claimKey`, for commands: an installation without a check value takes any key. */
export async function mustBeOwnKey(database: Database, keyring: Keyring): Promise<void> {
  if ((await keyState(database, keyring)) !== 'other') return;
  throw new KeyError(
    'SECRET_KEY is not the key of this installation: set the one that its gateways have. If it was changed on purpose, run: secret-key change',
  );
}

/** From now on the installation's key is this one. */
export async function changeKey(database: Database, keyring: Keyring): Promise<void> {
  await database.query('UPDATE installation SET key_check = $1 WHERE id = 1', [checkValue(keyring)]);
}

/** What a change of the key makes unreadable for good, by number; what there is none of is left out. */
export async function lostWithKey(database: Database): Promise<{ what: string; count: number }[]> {
  const counts: { what: string; count: number }[] = [];
  for (const [what, sql] of SEALED) {
    const [row] = (await database.query(`SELECT (${sql})::integer AS count`)) as [{ count: number }];
    if (row.count > 0) counts.push({ what, count: row.count });
  }
  return counts;
}
