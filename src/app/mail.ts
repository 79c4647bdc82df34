// Starts the worker that sends the mails of all capabilities.
import type { GatewayConfig } from '../config/gateway.js';
import type { Database } from '../db/database.js';
import { MailComposer } from '../mail/composer.js';
import type { SendableMail } from '../mail/mail.js';
import type { MailMetrics } from '../mail/metrics.js';
import type { Outbox } from '../mail/outbox.js';
import { SmtpClient } from '../mail/smtp.js';
import { type MailWorker, startMailWorker } from '../mail/worker.js';
import type { Dependency } from '../runtime/dependency.js';
import type { Logger } from '../runtime/log.js';
import type { TrustedClock } from '../runtime/trusted-clock.js';
import type { Keyring } from '../secrets/keyring.js';
import type { ProcessorRegister } from '../services/policy/processors.js';

export function startMail(parts: {
  readonly config: Pick<GatewayConfig, 'contactEmail' | 'postalAddress' | 'smtpUrl' | 'mailFrom'>;
  readonly mails: readonly SendableMail[];
  readonly processors: ProcessorRegister;
  readonly database: Pick<Database, 'queue' | 'locks'>;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly metrics: MailMetrics;
  readonly dependency: Dependency;
  readonly clock: TrustedClock;
  readonly log: Logger;
}): MailWorker {
  const { config, mails, processors, database, keyring, outbox, metrics, dependency, clock, log } = parts;
  const { contactEmail: contact, postalAddress } = config;
  return startMailWorker({
    queue: database.queue,
    locks: database.locks,
    outbox,
    keyring,
    composer: new MailComposer(mails, postalAddress === null ? null : { postalAddress, contact }),
    smtp: new SmtpClient(config.smtpUrl, config.mailFrom, processors),
    onResult: metrics.countMail,
    onUnreadable: metrics.countUnreadableMail,
    dependency,
    clock,
    log,
  });
}
