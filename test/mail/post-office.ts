// A gateway, a mail server, and the queue between them.
import type { DataSource } from 'typeorm';
import { createDataSource } from '../../ormconfig.js';
import type { Mail } from '../../src/mail/mail.js';
import { Outbox } from '../../src/mail/outbox.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { type MailServer, startMailServer } from '../support/mail-server.js';
import { SECRET_KEY } from '../support/settings.js';

/** A job of the queue, as somebody who steals the database would see it. */
export interface Waiting {
  readonly attempts: number;
  readonly last_error: string | null;
  readonly payload: unknown;
}

export interface PostOffice {
  readonly gateway: TestGateway;
  readonly server: MailServer;
  readonly source: DataSource;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  /** Queues mails in a transaction that commits. */
  put<Payload extends object>(mail: Mail<Payload, never>, ...payloads: NoInfer<Payload>[]): Promise<void>;
  /** What waits for its first or another try, or is being sent. */
  waiting(): Promise<Waiting[]>;
  /** Makes the time of every waiting mail's next try come now. */
  hurry(): Promise<void>;
  /** How many mails of a purpose have come to this result. */
  counted(purpose: string, result: string): Promise<number>;
  stop(): Promise<void>;
}

/** `through`: the URL through which the gateway reaches a store. */
export async function startPostOffice(
  through: (storeUrl: string) => Promise<string> = async (url) => url,
): Promise<PostOffice> {
  const server = await startMailServer();
  const gateway = await startTestGateway({ config: { smtpUrl: server.url }, through });
  const source = await createDataSource(gateway.database.url).initialize();
  const keyring = new Keyring(Buffer.from(SECRET_KEY, 'base64'));
  const outbox = new Outbox(keyring);
  return {
    gateway,
    server,
    source,
    keyring,
    outbox,
    put: (mail, ...payloads) => source.transaction((manager) => outbox.put(manager, mail, ...payloads)),
    waiting: () => source.query('SELECT attempts, last_error, payload FROM graphile_worker._private_jobs'),
    async hurry() {
      await source.query('UPDATE graphile_worker._private_jobs SET run_at = now() WHERE locked_at IS NULL');
      await source.query(`SELECT pg_notify('jobs:insert', '{"count":4}')`);
    },
    async counted(purpose, result) {
      const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
      const line = `gateway_mails_total{purpose="${purpose}",result="${result}"} `;
      return Number(metrics.split(line)[1]?.split('\n')[0] ?? 0);
    },
    async stop() {
      await source.destroy();
      await gateway.stop();
      await server.stop();
    },
  };
}
