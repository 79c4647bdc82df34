// The shape of a usage report: what a VPN node may say about a day, and nothing else. Nodes and gateway both read it here.
import type { Day } from '../lib/calendar.js';

/** One account's use of one VPN location on the report's day, from one country and provider. */
export interface UsageRow {
  /** The account's usage handle (UUID), which is not its id. */
  readonly handle: string;
  /** An id of catalogue/locations.json. */
  readonly location: string;
  /** From where: ISO 3166-1 alpha-2, or UNKNOWN_COUNTRY. */
  readonly country: string;
  /** Through whom: the number of the provider's autonomous system (RFC 6793), or UNKNOWN_PROVIDER. */
  readonly provider: number;
  /** Data in both directions, in whole MB of 1,000,000 bytes. */
  readonly megabytes: number;
  /** Whether a connection was made on that day; false where all tries failed. */
  readonly connected: boolean;
}

/** A node sends a day in as many parts as MAX_ROWS makes necessary. */
export interface UsageReport {
  /** A UTC day that is over. */
  readonly day: Day;
  /** From 1 to MAX_PARTS. */
  readonly part: number;
  /** From 1; a correction has a higher one, and replaces what came before. */
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

/** No number in a report can be an IPv4 address: those of hosts begin at 2^24. All AS numbers in use are below it. */
export const MAX_PROVIDER = 2 ** 24 - 1;
/** 16.8 TB a day. Usage beyond it is not reported: nobody needs to know by how much. */
export const MAX_MEGABYTES = 2 ** 24 - 1;
