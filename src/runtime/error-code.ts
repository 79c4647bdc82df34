// The code of an error of a store or of the operating system. Their messages contain values, so only the code may be logged.

/** Codes of Redis: the first word of an error reply. Codes of scripts and modules are left out. */
const REDIS_CODES: ReadonlySet<string> = new Set([
  ...['ERR', 'NOAUTH', 'WRONGPASS', 'NOPERM', 'LOADING', 'MASTERDOWN', 'READONLY', 'NOREPLICAS', 'MISCONF'],
  ...[
    'OOM',
    'BUSY',
    'NOSCRIPT',
    'WRONGTYPE',
    'EXECABORT',
    'UNBLOCKED',
    'UNKILLABLE',
    'TRYAGAIN',
    'CLUSTERDOWN',
  ],
]);

/** Messages of pg and ioredis that have no code. */
const CLIENT_MESSAGES: readonly (readonly [begins: RegExp, code: string])[] = [
  [
    /^(?:Query read timeout|Command timed out|Socket timeout|timeout e(?:xpired|xceeded)|connect ETIMEDOUT)/,
    'ETIMEDOUT',
  ],
  [/^Connection terminated due to connection timeout/, 'ETIMEDOUT'],
  [
    /^(?:Connection terminated|Reached the max retries|Command aborted due to connection close)/,
    'CONNECTION_LOST',
  ],
  [/^(?:The server does not support SSL|There was an error establishing an SSL)/, 'NO_TLS'],
  [
    /^(?:Connection is closed|Stream isn't writeable|Client (?:has encountered a connection error|was closed))/,
    'NOT_CONNECTED',
  ],
];

const SAFE = /^[A-Z0-9_]{2,40}$/;

/** Such as `ECONNREFUSED`, `23505` (an SQLSTATE), `READONLY` or `CONNECTION_LOST`; undefined when the error has none. */
export function errorCodeOf(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  if ('code' in error && typeof error.code === 'string')
    return SAFE.test(error.code) ? error.code : undefined;
  if (error.name === 'ReplyError') {
    const word = /^[A-Z]+/.exec(error.message)?.[0] ?? '';
    return REDIS_CODES.has(word) ? word : undefined;
  }
  const known = CLIENT_MESSAGES.find(([begins]) => begins.test(error.message));
  if (known !== undefined) return known[1];
  return 'driverError' in error ? errorCodeOf(error.driverError) : undefined;
}
