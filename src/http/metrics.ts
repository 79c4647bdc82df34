// What the gateway counts: totals of requests and of mails. No label ever comes from a request's text.
import type { ApolloServerPlugin } from '@apollo/server';
import { type GraphQLError, OperationTypeNode } from 'graphql';
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { Context } from '../graphql/context.js';
import { errorCode } from '../graphql/error-masking.js';
import { attachedResult } from '../graphql/executed-result.js';
import { PURPOSE_OF } from '../mail/mail.js';
import type { MailObserver } from '../mail/worker.js';
import type { JobName } from '../runtime/log.js';
import { addProcessMetrics } from '../runtime/process-metrics.js';
import type { ClockState } from '../runtime/trusted-clock.js';
import type { RightsCounts } from '../services/rights/reminders.js';

export interface GatewayMetrics {
  readonly registry: Registry;
  /** Counts the requests that an Apollo Server handles. */
  readonly plugin: ApolloServerPlugin<Context>;
  /** Counts those that it does not. */
  readonly requests: RequestCounter;
  /** Counts what becomes of mails. */
  readonly countMail: MailObserver;
  /** Tells how many subscriptions are open whenever somebody asks. */
  readonly countSubscriptions: (count: () => number) => void;
  /** Counts rewrites of the stores, which take the past off their disks. */
  readonly countUpkeep: (store: 'postgres' | 'redis', result: 'ok' | 'failed') => void;
  /** Counts tries to send a mail that the key of this gateway does not open. */
  readonly countUnreadableMail: () => void;
  /** Reports the state of the clock whenever somebody asks. */
  readonly watchClock: (state: () => ClockState) => void;
  /** How many days of usage should be closed and are not. */
  readonly setOverdueDays: (count: number) => void;
  /** How many rows, such as archives, this gateway's background work fails at. */
  readonly setFailingRows: (job: JobName, count: number) => void;
  /** How many rights requests are open, and overdue. */
  readonly setRightsRequests: (counts: RightsCounts) => void;
}

export interface RequestCounter {
  /** What `answered` wants. */
  begin(): number;
  answered(type: OperationTypeNode, begun: number): void;
  refused(begun: number): void;
}

type Outcome = 'ok' | 'refused' | 'failed';

const OUR_FAULTS = ['SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR'];

export function createMetrics(): GatewayMetrics {
  const registry = new Registry();
  addProcessMetrics(registry);
  const requests = new Counter({
    name: 'gateway_requests_total',
    help: 'GraphQL requests by operation type and outcome: ok, refused (the client made an error) or failed (the gateway did).',
    labelNames: ['operation_type', 'outcome'] as const,
    registers: [registry],
  });
  const seconds = new Histogram({
    name: 'gateway_request_duration_seconds',
    help: 'Time from a parsed HTTP request to its GraphQL answer.',
    labelNames: ['operation_type'] as const,
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [registry],
  });
  const mails = new Counter({
    name: 'gateway_mails_total',
    help: 'Mails by purpose and result: sent, delayed (the first attempt failed, and others follow) or bounced (given up).',
    labelNames: ['purpose', 'result'] as const,
    registers: [registry],
  });
  const countMail: MailObserver = ({ template }, result) =>
    mails.inc({ purpose: PURPOSE_OF[template], result });
  const unreadable = new Counter({
    name: 'gateway_mails_unreadable_total',
    help: 'Attempts to send a mail that the SECRET_KEY of this gateway does not open; the mail stays in the queue.',
    registers: [registry],
  });
  const upkeep = new Counter({
    name: 'gateway_store_upkeep_total',
    help: 'Rewrites that remove deleted data from the disk of a store (redis or postgres), by result: ok or failed.',
    labelNames: ['store', 'result'] as const,
    registers: [registry],
  });
  const countUpkeep = (store: 'postgres' | 'redis', result: 'ok' | 'failed') => upkeep.inc({ store, result });
  const overdue = new Gauge({
    name: 'gateway_usage_closings_overdue',
    help: 'Days of usage whose reports should have been summed up and deleted, and are still stored.',
    registers: [registry],
  });
  const setOverdueDays = (count: number) => overdue.set(count);
  const rightsGauge = (name: string, help: string) => new Gauge({ name, help, registers: [registry] });
  const open = rightsGauge('gateway_rights_requests_open', 'Rights requests that have no outcome yet.');
  const late = rightsGauge('gateway_rights_requests_overdue', 'Rights requests whose last day is over.');
  const setRightsRequests = (counts: RightsCounts) => {
    open.set(counts.open);
    late.set(counts.overdue);
  };
  const failing = new Gauge({
    name: 'gateway_failing_rows',
    help: 'Rows at which a background job of this gateway fails, by job; it tries each again, an hour later at most.',
    labelNames: ['background_job'] as const,
    registers: [registry],
  });
  const setFailingRows = (job: JobName, count: number) => failing.set({ background_job: job }, count);
  const counting = requestCounting(requests, seconds);
  const countSubscriptions = (count: () => number) => {
    new Gauge({
      name: 'gateway_subscriptions',
      help: 'Open subscriptions over WebSocket and server-sent events.',
      registers: [registry],
      collect() {
        this.set(count());
      },
    });
  };
  const watchClock = (state: () => ClockState) => {
    new Gauge({
      name: 'gateway_clock_untrusted',
      help: '1 while the gateway does not trust its clock, and deletes nothing that goes by the day; otherwise 0.',
      registers: [registry],
      collect() {
        this.set(state() === 'ok' ? 0 : 1);
      },
    });
  };
  return {
    registry,
    ...counting,
    watchClock,
    countSubscriptions,
    countMail,
    countUnreadableMail: () => unreadable.inc(),
    countUpkeep,
    setOverdueDays,
    setFailingRows,
    setRightsRequests,
  };
}

function requestCounting(
  requests: Counter<'operation_type' | 'outcome'>,
  seconds: Histogram<'operation_type'>,
): Pick<GatewayMetrics, 'plugin' | 'requests'> {
  function count(operation_type: OperationTypeNode | 'unknown', outcome: Outcome, begin: number): void {
    requests.inc({ operation_type, outcome });
    seconds.observe({ operation_type }, (performance.now() - begin) / 1000);
  }
  /** Those that nearly all requests are: labels are looked up once. */
  const answered = Object.fromEntries(
    Object.values(OperationTypeNode).map((operation_type) => [
      operation_type,
      {
        requests: requests.labels({ operation_type, outcome: 'ok' }),
        seconds: seconds.labels({ operation_type }),
      },
    ]),
  ) as Record<OperationTypeNode, { requests: Counter.Internal; seconds: Histogram.Internal<string> }>;
  return {
    requests: {
      begin: () => performance.now(),
      answered(type, begin) {
        answered[type].requests.inc();
        answered[type].seconds.observe((performance.now() - begin) / 1000);
      },
      refused: (begin) => count('unknown', 'refused', begin),
    },
    plugin: {
      async contextCreationDidFail() {
        requests.inc({ operation_type: 'unknown', outcome: 'failed' });
      },
      async requestDidStart({ contextValue }) {
        const begin = attachedResult(contextValue)?.begun ?? performance.now();
        return {
          async willSendResponse({ operation, errors }) {
            count(operation?.operation ?? 'unknown', outcomeOf(errors ?? []), begin);
          },
        };
      },
    },
  };
}

function outcomeOf(errors: readonly GraphQLError[]): Outcome {
  if (errors.length === 0) return 'ok';
  const ours = errors.some((error) => {
    const code = errorCode(error);
    return typeof code !== 'string' || OUR_FAULTS.includes(code);
  });
  return ours ? 'failed' : 'refused';
}
