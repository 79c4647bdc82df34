// The shape of a usage report: everything that a VPN node reports about a day. VPN nodes and the gateway share it.
import type { Day } from '../lib/calendar.js';

/** One account's use of one VPN location on the report's day, from one country and provider. */
export interface UsageRow {
  /** The account's usage handle (UUID), which is not its id. */
  readonly handle: string;
  /** An id of catalogue/locations.json. */
  readonly location: string;
  /** The country of the client's network: ISO 3166-1 alpha-2, or UNKNOWN_COUNTRY. */
  readonly country: string;
  /** The provider of that network: the number of its autonomous system (RFC 6793), or UNKNOWN_PROVIDER. */
  readonly provider: number;
  /** Data in both directions, in whole MB of 1,000,000 bytes. */
  readonly megabytes: number;
  /** Whether a connection was made on that day; false: all attempts failed. */
  readonly connected: boolean;
}

/** One part of a day. A VPN node sends as many parts as MAX_ROWS requires. */
export interface UsageReport {
  /** A UTC day that is over. */
  readonly day: Day;
  /** From 1 to MAX_PARTS. */
  readonly part: number;
  /** From 1. A correction has a higher revision and replaces the earlier rows of its part. */
  readonly revision: number;
  readonly rows: readonly UsageRow[];
}

export const MAX_ROWS = 50_000;
export const MAX_PARTS = 1000;
export const MAX_REVISION = 1000;

/** ISO 3166-1 leaves `ZZ` to its users. */
export const UNKNOWN_COUNTRY = 'ZZ';
/** RFC 7607: no network has this number. */
export const UNKNOWN_PROVIDER = 0;

/** No number in a report can be an IPv4 address, because those of hosts begin at 2^24. All AS numbers in use are below. */
export const MAX_PROVIDER = 2 ** 24 - 1;
/** 16.8 TB per day. Higher sums are capped at it. */
export const MAX_MEGABYTES = 2 ** 24 - 1;
