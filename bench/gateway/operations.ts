// The operations that every server gets, their variables, and the period that they read.
import { type Day, daysAfter, today } from '../../src/lib/calendar.js';

export const OPERATIONS = ['usage', 'viewer', 'networks', 'mutation'] as const;
export type Operation = (typeof OPERATIONS)[number];

export const DAYS = 30;
/** These days are closed, whatever the gateway's setting for open days. */
const NEWEST = 40;

/** The days that `usage` asks for. */
export const TO: Day = daysAfter(today(), -NEWEST);
export const FROM: Day = daysAfter(TO, 1 - DAYS);

/** Written in every request. */
export const NAME = 'Ada Lovelace';

/** A placeholder for the version of the profile, with as many digits as every version of the bench. */
export const SOME_VERSION = 1_000_000;

export interface Request {
  readonly query: string;
  readonly variables?: Readonly<Record<string, unknown>>;
}

export const REQUESTS: Readonly<Record<Operation, Request>> = {
  usage: {
    query:
      'query ($days: DayRangeInput!) { viewer { usage(days: $days) { ' +
      'from to megabytes daysConnected byDay { day connected megabytes } } } }',
    variables: { days: { from: FROM, to: TO } },
  },
  viewer: { query: '{ viewer { account { id email role name locale country version } } }' },
  networks: {
    query:
      '{ viewer { mediaStreamer { networks { id name addresses { address } region { id name } lastDay } } } }',
  },
  mutation: {
    query:
      'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { ' +
      'account { id email role name locale country version } userErrors { field code } } }',
    variables: { input: { name: NAME, version: SOME_VERSION } },
  },
};
