// Log lines consist of a closed list of fields, so that there is no place for personal data. There is no free text: events come from
// a list, and of errors only class and code are logged, never the message.
import { errorCodeOf } from './error-code.js';

export type LogEvent =
  | 'process.started'
  | 'process.stopping'
  | 'process.stopped'
  | 'process.failed'
  | 'request.failed'
  | 'message.withheld'
  | 'source.unknown'
  | 'connections.exhausted'
  | 'dependency.lost'
  | 'dependency.back'
  | 'clock.wrong'
  | 'clock.right'
  | 'migrations.applied'
  | 'migrations.waiting'
  | 'migrations.newer'
  | 'catalogue.loaded'
  | 'catalogue.refused'
  | 'certificate.loaded'
  | 'certificate.refused'
  | 'policy.loaded'
  | 'policy.refused'
  | 'policy.announced'
  | 'policy.unannounced'
  | 'acceptance.failed'
  | 'allowlist.loading'
  | 'allowlist.loaded'
  | 'allowlist.broken-off'
  | 'allowlist.kept'
  | 'allowlist.dropped'
  | 'allowlist.excess-rights'
  | 'allowlist.swept'
  | 'udp.batches'
  | 'udp.fallback'
  | 'row.failed'
  | 'row.recovered'
  | 'mail.failed'
  | 'mail.uncounted'
  | 'usage.closed'
  | 'retention.dropped'
  | 'retention.waiting';

/** Background jobs that work through rows. */
export type JobName =
  | 'erasures'
  | 'exports'
  | 'expiry'
  | 'callbacks'
  | 'usage-closing'
  | 'retention'
  | 'idle-accounts';

/** Every field that a log line can have beside `time`, `level`, `process` and `event`. */
export interface LogFields {
  /** The address that the process listens on, as configured. */
  readonly listen?: string;
  /** What the event is about: a name from this source code, never from input. */
  readonly part?:
    | 'postgres'
    | 'redis'
    | 'redis-ephemeral'
    | 'postgres-upkeep'
    | 'http'
    | 'metrics'
    | 'console'
    | 'warning'
    | 'udp'
    | 'tcp'
    | 'upstream'
    | 'smtp'
    | 'mail-queue'
    | 'catalogue'
    | 'certificate'
    | 'policy'
    | 'sweep'
    | 'usage'
    | 'service-quality'
    | 'staff-access'
    | 'rights'
    | 'pending'
    | 'process';
  /** The position of an upstream in DNS_UPSTREAMS, from 1, and the transport. */
  readonly upstream?: number;
  readonly transport?: 'udp' | 'tcp' | 'tls';
  /** The background job that failed. */
  readonly job?: JobName;
  /** The class of an error, such as `QueryFailedError`. */
  readonly error?: string;
  /** A code from the system, the database or this product, such as `ECONNREFUSED` or `23505`. */
  readonly code?: string;
  /** The root field of the schema in which a request failed. */
  readonly field?: string;
  readonly count?: number;
  readonly revision?: number;
}

const FIELDS: readonly (keyof LogFields)[] = [
  'listen',
  'part',
  'upstream',
  'transport',
  'job',
  'error',
  'code',
  'field',
  'count',
  'revision',
];

export interface Logger {
  info(event: LogEvent, fields?: LogFields): void;
  warn(event: LogEvent, fields?: LogFields): void;
  error(event: LogEvent, fields?: LogFields): void;
}

/** A logger that writes one JSON object per line: fields in a fixed order, and no field beyond LogFields. */
export function createLogger(
  process: 'gateway' | 'dns-node' | 'start',
  write: (line: string) => void = (line) => globalThis.process.stdout.write(line),
): Logger {
  function line(level: 'info' | 'warn' | 'error', event: LogEvent, fields: LogFields = {}): void {
    const entry: Record<string, unknown> = { time: new Date().toISOString(), level, process, event };
    for (const name of FIELDS) if (fields[name] !== undefined) entry[name] = fields[name];
    write(`${JSON.stringify(entry)}\n`);
  }
  return {
    info: (event, fields) => line('info', event, fields),
    warn: (event, fields) => line('warn', event, fields),
    error: (event, fields) => line('error', event, fields),
  };
}

/** What may be logged of an error: its class and its code. Messages of TypeORM, pg and the system contain values. */
export function errorFields(error: unknown): Pick<LogFields, 'error' | 'code'> {
  if (!(error instanceof Error)) return { error: 'unknown' };
  const code = errorCodeOf(error);
  return { error: error.constructor.name, ...(code !== undefined && { code }) };
}
