// A store that cannot be used, described without its URL. It imports no client of a store, so that a dns-node can use it.
import { OperatorError } from '../lib/operator-error.js';
import { errorCodeOf } from './error-code.js';

export type RedisSetting = 'REDIS_URL' | 'REDIS_EPHEMERAL_URL';

/** What an operator reads before the code. SQLSTATEs are from appendix A of the PostgreSQL manual. */
const WORDS: Readonly<Record<string, string>> = {
  '08P01': 'the server, or a pooler before it, refuses how this program connects',
  '25006': 'this Postgres takes no writes',
  '28000': 'Postgres refuses this user, or this way to connect',
  '28P01': 'Postgres refuses the user or the password',
  '3D000': 'Postgres has no such database',
  '53300': 'Postgres has no connection left',
  '57P01': 'Postgres is shutting down',
  '57P02': 'Postgres is recovering from a crash',
  '57P03': 'Postgres is starting up, shutting down or recovering',
  NO_TLS: 'the server does not offer TLS',
  NOAUTH: 'Redis wants a user and a password',
  WRONGPASS: 'Redis refuses the user or the password',
  NOPERM: 'this Redis user may not do what is needed',
  LOADING: 'Redis is still loading its data',
  MASTERDOWN: 'this Redis is a replica that has lost its primary',
  READONLY: 'this Redis is a replica, which takes no writes',
  NOREPLICAS: 'this Redis takes no writes, since too few replicas follow it',
  OOM: 'this Redis takes no writes, since its memory is used up',
  MISCONF: 'this Redis takes no writes, since it cannot save',
  CERT_HAS_EXPIRED: 'the server’s certificate has expired',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the server’s certificate is for another name',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the server’s certificate is not trusted here',
  SELF_SIGNED_CERT_IN_CHAIN: 'the server’s certificate is not trusted here',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'the server’s certificate is not trusted here',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the server’s certificate is not trusted here',
};

/** Errors that only a changed setting can correct. */
const LASTING: ReadonlySet<string> = new Set([
  ...['08P01', '28000', '28P01', '3D000', 'NO_TLS', 'NOAUTH', 'WRONGPASS', 'NOPERM', 'CERT_HAS_EXPIRED'],
  ...['ERR_TLS_CERT_ALTNAME_INVALID', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'SELF_SIGNED_CERT_IN_CHAIN'],
  ...['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
]);

/** A store cannot be used. The message names the setting and a code, never the URL, which holds a password. */
export class StoreError extends OperatorError {
  constructor(
    readonly setting: 'DATABASE_URL' | RedisSetting,
    readonly code: string,
  ) {
    super(`${setting}: ${WORDS[code] ?? 'cannot connect'} (${code})`);
  }

  /** Whether another try is useless. */
  get lasts(): boolean {
    return LASTING.has(this.code);
  }
}

/** Replaces an error of a client, whose message may contain the URL. */
export function toStoreError(setting: StoreError['setting'], error: unknown): StoreError {
  return new StoreError(
    setting,
    errorCodeOf(error) ?? (error instanceof Error ? error.constructor.name : 'unknown'),
  );
}
