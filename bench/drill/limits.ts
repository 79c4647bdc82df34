// What each fault may cost. Nothing that was acknowledged may be lost, no answer may be wrong, and all has to be whole again:
// that holds for every fault. Beside that, for how long somebody may be without an answer, and what has to report it.

export interface Limit {
  /** From the first request that failed, or waited for more than two seconds, to the last one. */
  readonly awaySeconds: number;
  /** The same of DNS; 0 when absent. */
  readonly dnsAwaySeconds?: number;
  /** What /readyz, the log or a metric must have reported. */
  readonly reported: readonly RegExp[];
}

const REDIS_LOST = /^log dependency\.lost redis/;
const REDIS_UNREADY = /^readyz redis/;

export const LIMITS: Readonly<Record<string, Limit>> = {
  'redis-killed': { awaySeconds: 6, reported: [REDIS_LOST, REDIS_UNREADY, /^readyz allowlist disconnected/] },
  'redis-address-moved': { awaySeconds: 5, reported: [REDIS_LOST] },
  'redis-demoted': { awaySeconds: 5, reported: [REDIS_LOST] },
  'redis-vanished': { awaySeconds: 15, reported: [REDIS_LOST, REDIS_UNREADY] },
  'redis-switched': { awaySeconds: 3, reported: [REDIS_LOST] },
  'redis-forked': { awaySeconds: 3, reported: [/^log/] },
  'redis-memory-full': { awaySeconds: 6, reported: [/^log .*OOM/, /^readyz redis full/] },
  'redis-disk-full': { awaySeconds: 20, reported: [REDIS_LOST, REDIS_UNREADY] },
  'postgres-killed': { awaySeconds: 10, reported: [/^log dependency\.lost postgres/, /^readyz postgres/] },
  'postgres-moved': { awaySeconds: 5, reported: [/^log dependency\.lost postgres/] },
  'postgres-vanished': { awaySeconds: 20, reported: [/^log dependency\.lost postgres/, /^readyz postgres/] },
  'postgres-read-only': { awaySeconds: 8, reported: [/^log .*25006/] },
  'postgres-disk-full': { awaySeconds: 15, reported: [/^log dependency\.lost postgres/] },
  'postgres-connections': { awaySeconds: 8, reported: [] },
  'postgres-row-locked': { awaySeconds: 20, reported: [/^log .*57014/] },
  'gateway-killed': { awaySeconds: 1, reported: [/^readyz no answer/] },
  'gateway-frozen': { awaySeconds: 17, reported: [/^readyz no answer/] },
  'node-killed': { awaySeconds: 0, dnsAwaySeconds: 6, reported: [/^readyz no answer/] },
  'node-cut': { awaySeconds: 0, reported: [/^readyz allowlist disconnected/, REDIS_LOST] },
  'node-restarted': { awaySeconds: 0, dnsAwaySeconds: 16, reported: [/^readyz allowlist/] },
  'node-slow-load': { awaySeconds: 0, dnsAwaySeconds: 400, reported: [/^readyz allowlist/] },
  'clock-ahead': { awaySeconds: 1, dnsAwaySeconds: 30, reported: [/^log clock\.wrong/] },
  'clock-behind': { awaySeconds: 1, dnsAwaySeconds: 30, reported: [/^log clock\.wrong/] },
  'clock-far-ahead': { awaySeconds: 1, reported: [/^log clock\.wrong/] },
  'mail-silent': { awaySeconds: 0, reported: [/^log dependency\.lost smtp/] },
};
