// What a database that was restored from a dump must not bring back: sessions, and mails that have been sent since; and what
// Redis holds of accounts that the dump does not know.
import type { Redis } from 'ioredis';
import type { DataSource } from 'typeorm';
import { NETWORKS_OF } from '../../allowlist/keys.js';
import type { AllowlistWriter } from '../../allowlist/writer.js';
import { SESSIONS_OF, type SessionService } from '../sign-in/session.js';

const OWNER_PREFIX = `${NETWORKS_OF}account:`;
const KEYS_PER_SCAN = 1000;

export interface Cleared {
  /** Mails that waited when the dump was made. */
  readonly mails: number;
  /** Accounts whose sessions have ended: a password or a second factor may be that of before. */
  readonly signedOut: number;
  /** Accounts whose networks are removed, since nobody could remove them. */
  readonly unknownOwners: number;
}

/** To be run once, while no gateway runs. Run again, it finds nothing more. */
export async function clearAfterRestore(parts: {
  readonly database: DataSource;
  readonly redis: Redis;
  readonly sessions: SessionService;
  readonly writer: AllowlistWriter;
}): Promise<Cleared> {
  const { database, redis, sessions, writer } = parts;
  await writer.upkeep.reform();
  const [, mails] = await database.query<[unknown, number]>('DELETE FROM graphile_worker._private_jobs');
  let signedOut = 0;
  for await (const accountId of idsBehind(redis, SESSIONS_OF)) {
    await sessions.revokeAll(accountId);
    signedOut += 1;
  }
  let unknownOwners = 0;
  for await (const accountId of idsBehind(redis, OWNER_PREFIX)) {
    const known = await database.query<unknown[]>('SELECT 1 FROM account WHERE id::text = $1', [accountId]);
    if (known.length > 0) continue;
    await writer.networks.removeAccount(accountId);
    unknownOwners += 1;
  }
  return { mails, signedOut, unknownOwners };
}

/** What stands behind a beginning that keys have in common. */
async function* idsBehind(redis: Redis, beginning: string): AsyncIterable<string> {
  const found = new Set<string>();
  for await (const keys of redis.scanStream({ match: `${beginning}*`, count: KEYS_PER_SCAN })) {
    for (const key of keys as string[]) found.add(key.slice(beginning.length));
  }
  yield* found;
}
