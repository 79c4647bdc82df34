// The links that mails carry, and the mails that wait, for tests that are not about mail itself.

import { Outbox, type QueuedMail } from '../../../src/mail/outbox.js';
import { Keyring, type Purpose } from '../../../src/secrets/keyring.js';
import { SECRET_KEY } from '../settings.js';
import { queryDatabase } from '../stores/postgres.js';

const keyring = new Keyring(Buffer.from(SECRET_KEY, 'base64'));

/** As a gateway with the tests' secret mails it. `expires`: milliseconds since the epoch. */
export function linkToken(purpose: Purpose, subject: string, expires = Date.now() + 3_600_000): string {
  return keyring.issue(purpose, subject, expires);
}

/** What a gateway with the tests' secret has put into its queue, and nobody has taken. */
export async function waitingMails(databaseUrl: string): Promise<QueuedMail[]> {
  const outbox = new Outbox(keyring);
  const jobs = await queryDatabase(databaseUrl, 'SELECT payload FROM graphile_worker._private_jobs');
  return jobs.map(({ payload }) => outbox.open(payload)).filter((mail) => mail !== null);
}

/** Stands for a campaign in its image's address, as a gateway with the tests' secret makes it. */
export function openTrackingToken(campaignId: string): string {
  return `${campaignId}.${keyring.digest('open-tracking', campaignId)}`;
}
