// Rows that wait for a link in a mail. Retention deletes them after their day; they also go when another account takes the address.
import type { EntityManager } from 'typeorm';

/** Deletes everything that was requested with this e-mail address and waits for its link. */
export async function deletePending(manager: EntityManager, email: string): Promise<void> {
  await manager.query('DELETE FROM sign_up WHERE email = $1', [email]);
  await manager.query('DELETE FROM password_reset WHERE email = $1', [email]);
}
