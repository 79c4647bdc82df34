// Starts the worker that sends the mails of all capabilities.
import type { GatewayConfig } from '../config/gateway.js';
import type { Database } from '../db/database.js';
import type { Clock } from '../lib/calendar.js';
import type { MailMetrics } from '../mail/metrics.js';
import type { Outbox } from '../mail/outbox.js';
import { SmtpClient } from '../mail/smtp.js';
import { type MailWorker, startMailWorker } from '../mail/worker.js';
import type { Dependency } from '../runtime/dependency.js';
import type { Logger } from '../runtime/log.js';
import type { TrustedClock } from '../runtime/trusted-clock.js';
import type { Keyring } from '../secrets/keyring.js';
import type { Capabilities } from './capabilities.js';
import { createMailComposer } from './mails.js';
import type { PolicyFiles } from './policy-files.js';

export function startMail(parts: {
  readonly config: Pick<
    GatewayConfig,
    'portalUrl' | 'publicUrl' | 'contactEmail' | 'postalAddress' | 'dpoEmail' | 'smtpUrl' | 'mailFrom'
  >;
  readonly files: Pick<PolicyFiles, 'authorities' | 'laws' | 'processors' | 'subjectMarks'>;
  readonly database: Pick<Database, 'orm' | 'queue' | 'locks'>;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly capabilities: Pick<Capabilities, 'services'>;
  readonly metrics: MailMetrics;
  readonly dependency: Dependency;
  readonly clock: Clock;
  readonly trustedClock: TrustedClock;
  readonly log: Logger;
}): MailWorker {
  const { config, files, database, keyring, outbox, metrics, dependency, clock, trustedClock, log } = parts;
  const { services } = parts.capabilities;
  const composer = createMailComposer({
    database: database.orm,
    keyring,
    portalUrl: config.portalUrl,
    contact: config.contactEmail,
    postalAddress: config.postalAddress,
    dpo: config.dpoEmail,
    processors: files.processors,
    authorities: files.authorities,
    laws: files.laws,
    policyVersion: (version) => services.policy.announced(version),
    marketing: {
      consent: services.consent,
      counter: services.campaignCounter,
      openTracking: services.openTracking,
      unsubscribeLinks: services.unsubscribeLinks,
      publicUrl: config.publicUrl,
      subjectMarks: files.subjectMarks,
    },
    clock,
  });
  return startMailWorker({
    queue: database.queue,
    locks: database.locks,
    outbox,
    keyring,
    composer,
    smtp: new SmtpClient(config.smtpUrl, config.mailFrom, files.processors),
    onResult: metrics.countMail,
    onUnreadable: metrics.countUnreadableMail,
    dependency,
    clock: trustedClock,
    log,
  });
}
