// Counts GraphQL requests, their duration and the open subscriptions. No label comes from the text of a request.
import type { ApolloServerPlugin } from '@apollo/server';
import { type GraphQLError, OperationTypeNode } from 'graphql';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Context } from './context.js';
import { errorCode } from './error-masking.js';
import { attachedResult } from './executed-result.js';

export interface RequestMetrics {
  /** Counts the requests that Apollo Server handles. */
  readonly plugin: ApolloServerPlugin<Context>;
  /** Counts the requests that it does not handle. */
  readonly requests: RequestCounter;
  /** Reads the number of open subscriptions from `count` at each scrape. */
  readonly countSubscriptions: (count: () => number) => void;
}

export interface RequestCounter {
  /** Returns the time that `answered` and `refused` take, by the clock of `performance`, in milliseconds. */
  begin(): number;
  answered(type: OperationTypeNode, begun: number): void;
  refused(begun: number): void;
}

type Outcome = 'ok' | 'refused' | 'failed';

const SERVER_ERRORS = ['SERVICE_UNAVAILABLE', 'INTERNAL_SERVER_ERROR'];

export function createRequestMetrics(registry: Registry): RequestMetrics {
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
  return {
    ...requestCounting(requests, seconds),
    countSubscriptions(count) {
      new Gauge({
        name: 'gateway_subscriptions',
        help: 'Open subscriptions over WebSocket and server-sent events.',
        registers: [registry],
        collect() {
          this.set(count());
        },
      });
    },
  };
}

function requestCounting(
  requests: Counter<'operation_type' | 'outcome'>,
  seconds: Histogram<'operation_type'>,
): Pick<RequestMetrics, 'plugin' | 'requests'> {
  function count(operation_type: OperationTypeNode | 'unknown', outcome: Outcome, begun: number): void {
    requests.inc({ operation_type, outcome });
    seconds.observe({ operation_type }, (performance.now() - begun) / 1000);
  }
  /** Nearly all requests are among these, so their labels are looked up once. */
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
      answered(type, begun) {
        answered[type].requests.inc();
        answered[type].seconds.observe((performance.now() - begun) / 1000);
      },
      refused: (begun) => count('unknown', 'refused', begun),
    },
    plugin: {
      async contextCreationDidFail() {
        requests.inc({ operation_type: 'unknown', outcome: 'failed' });
      },
      async requestDidStart({ contextValue }) {
        const begun = attachedResult(contextValue)?.begun ?? performance.now();
        return {
          async willSendResponse({ operation, errors }) {
            count(operation?.operation ?? 'unknown', outcomeOf(errors ?? []), begun);
          },
        };
      },
    },
  };
}

function outcomeOf(errors: readonly GraphQLError[]): Outcome {
  if (errors.length === 0) return 'ok';
  const failed = errors.some((error) => {
    const code = errorCode(error);
    return typeof code !== 'string' || SERVER_ERRORS.includes(code);
  });
  return failed ? 'failed' : 'refused';
}
