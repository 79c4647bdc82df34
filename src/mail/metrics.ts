// The metrics of mails.
import { Counter, type Registry } from 'prom-client';
import type { MailObserver } from './worker.js';

export interface MailMetrics {
  readonly countMail: MailObserver;
  /** Counts attempts to send a mail that the key of this gateway does not open. */
  readonly countUnreadableMail: () => void;
}

export function createMailMetrics(registry: Registry): MailMetrics {
  const mails = new Counter({
    name: 'gateway_mails_total',
    help: 'Mails by purpose and result: sent, delayed (the first attempt failed, and others follow) or bounced (given up).',
    labelNames: ['purpose', 'result'] as const,
    registers: [registry],
  });
  const unreadable = new Counter({
    name: 'gateway_mails_unreadable_total',
    help: 'Attempts to send a mail that the SECRET_KEY of this gateway does not open; the mail stays in the queue.',
    registers: [registry],
  });
  return {
    countMail: ({ purpose }, result) => mails.inc({ purpose, result }),
    countUnreadableMail: () => unreadable.inc(),
  };
}
