// Work that one gateway does at a time: an advisory lock of Postgres, which goes with the connection of whoever dies.
import type { DataSource } from 'typeorm';

/** What is locked; the other half of a lock's number is made of an id. */
const LOCKS = { erasure: 0x65726173, export: 0x65787072, callback: 0x63616c6c } as const;

/** Does the work and tells true, or false when somebody else is at it. */
export async function alone(
  database: DataSource,
  what: keyof typeof LOCKS,
  id: string,
  work: () => Promise<void>,
): Promise<boolean> {
  return database.transaction(async (holder) => {
    const [lock] = await holder.query<{ free: boolean }[]>(
      'SELECT pg_try_advisory_xact_lock($1::integer, hashtext($2)) AS free',
      [LOCKS[what], id],
    );
    if (lock?.free !== true) return false;
    await work();
    return true;
  });
}
