// What waits for a link in a mail waits until a day, after which retention deletes it; or until its address is another one's.
import type { EntityManager } from 'typeorm';

/** Deletes what strangers or its owner asked for with this e-mail address. */
export async function deletePending(manager: EntityManager, email: string): Promise<void> {
  await manager.query('DELETE FROM sign_up WHERE email = $1', [email]);
  await manager.query('DELETE FROM password_reset WHERE email = $1', [email]);
}
