// What people ask during a soak, how often, and the only answers that are right.
import { PASSWORD, type People, type Person, used } from './people.js';
import type { Watchers } from './watchers.js';

/** A request and what its answer may be. */
export interface Asked {
  readonly query?: string;
  readonly variables?: Readonly<Record<string, unknown>>;
  readonly token?: string;
  readonly freshFactor?: string;
  /** Of a request that is no good as HTTP; POST and the query in JSON otherwise. */
  readonly raw?: { readonly method: string; readonly type: string; readonly body: string };
  /** The status of the right answer; 200 when it is absent. */
  readonly status?: number;
  /** The code of its one error; no error when it is absent. */
  readonly code?: string;
  /** Codes of user errors that are right, beside none. */
  readonly userErrors?: readonly string[];
}

// Shapes follow from the queries beside them.
// biome-ignore lint/suspicious/noExplicitAny: the soak reports what is missing in a response as a failure
export type Data = any;

/** Resolves with the `data` of a right answer. */
export type Ask = (asked: Asked) => Promise<Data>;

/** Who else has to do with an act. */
export interface Others {
  readonly staff: People['staff'];
  readonly watchers: Watchers;
}

export interface Act {
  readonly name: string;
  /** Of all acts together, how many are this one. */
  readonly weight: number;
  /** Whether it may fail while Postgres is away. */
  readonly needsPostgres: boolean;
  run(ask: Ask, person: Person, others: Others): Promise<void>;
}

const VIEWER =
  '{ viewer { account { email version } mediaStreamer { currentAddresses { address networks { id } } } } }';
const USAGE = `query ($days: DayRangeInput!) { viewer { usage(days: $days) {
  daysConnected megabytes byMonth { month megabytes } byLocation { megabytes } byDay { day megabytes } } } }`;
const REGISTER =
  'mutation { registerNetwork(input: { name: "Living room" }) { network { id } userErrors { code } } }';
const UPDATE =
  'mutation ($input: UpdateNetworkInput!) { updateNetwork(input: $input) { userErrors { code } } }';
const REMOVE =
  'mutation ($input: RemoveNetworkInput!) { removeNetwork(input: $input) { userErrors { code } } }';
const PROFILE =
  'mutation ($input: UpdateProfileInput!) { updateProfile(input: $input) { account { name } userErrors { code } } }';
const SUBMIT = `mutation { submitRightsRequest(input: { kind: COMPLAINT, statement: "Too slow." }) {
  rightsRequest { id } userErrors { code } } }`;
const WITHDRAW = `mutation ($input: WithdrawRightsRequestInput!) {
  withdrawRightsRequest(input: $input) { userErrors { code } } }`;
const SIGN_IN = `mutation ($input: SignInInput!) { signIn(input: $input) { session { token } userErrors { code } } }`;
const SIGN_OUT = 'mutation { signOut { userErrors { code } } }';
const CHANGE_PASSWORD = `mutation { changePassword(input: { newPassword: "another long passphrase" }) {
  userErrors { code } } }`;

const OF_EVERYBODY = [
  '{ ageRequirement(country: "DE") { requiredAge } }',
  '{ policy { version effectiveOn } policyVersions { version } }',
  '{ processors { name } language }',
];

const OF_THE_ADMIN = [
  '{ allowlist { totalCount edges { node { prefix owners } } } }',
  '{ vpnNodes { edges { node { name } } } }',
];

const FAULTY: readonly Asked[] = [
  { query: '{ viewer { account', status: 200, code: 'GRAPHQL_PARSE_FAILED' },
  { query: '{ nothing }', status: 200, code: 'GRAPHQL_VALIDATION_FAILED' },
  { query: SIGN_IN, variables: { input: 1 }, status: 200, code: 'BAD_USER_INPUT' },
  { raw: { method: 'POST', type: 'application/json', body: '{"query":' }, status: 400, code: 'BAD_REQUEST' },
  { raw: { method: 'POST', type: 'text/plain', body: '{}' }, status: 415, code: 'BAD_REQUEST' },
  { raw: { method: 'PUT', type: 'application/json', body: '{}' }, status: 405, code: 'METHOD_NOT_ALLOWED' },
];

function refusals({ token }: Person): Asked[] {
  return [
    { query: VIEWER, code: 'UNAUTHENTICATED' },
    { query: VIEWER, token: 'not-a-session', code: 'UNAUTHENTICATED' },
    { query: OF_THE_ADMIN[0]!, token, code: 'FORBIDDEN' },
    { query: CHANGE_PASSWORD, token, code: 'STEP_UP_REQUIRED' },
  ];
}

export const ACTS: readonly Act[] = [
  {
    name: 'viewer',
    weight: 28,
    needsPostgres: true,
    run: (ask, { token }) => ask({ query: VIEWER, token }),
  },
  {
    name: 'usage',
    weight: 22,
    needsPostgres: true,
    run: (ask, { token }) => ask({ query: USAGE, variables: { days: used }, token }),
  },
  {
    name: 'networks',
    weight: 5,
    needsPostgres: true,
    async run(ask, person, { watchers }) {
      const { token } = person;
      const { id: networkId } = (await ask({ query: REGISTER, token })).registerNetwork.network;
      await ask({ query: UPDATE, variables: { input: { networkId, name: 'Kitchen' } }, token });
      await watchers.received(person, 1);
      await ask({ query: REMOVE, variables: { input: { networkId } }, token });
      await watchers.received(person, 0);
    },
  },
  {
    name: 'profile',
    weight: 6,
    needsPostgres: true,
    async run(ask, { token }) {
      const { version } = (await ask({ query: VIEWER, token })).viewer.account;
      await ask({ query: PROFILE, variables: { input: { version, name: `Number ${version}` } }, token });
    },
  },
  {
    name: 'rights',
    weight: 0.2,
    needsPostgres: true,
    async run(ask, person) {
      const { token } = person;
      const freshFactor = person.freshFactor();
      // An earlier one may have been submitted while Postgres went away, so that nobody received it.
      const userErrors = ['REQUEST_OPEN'];
      const { rightsRequest: request } = (await ask({ query: SUBMIT, token, freshFactor, userErrors }))
        .submitRightsRequest;
      if (request === null) return;
      const variables = { input: { id: request.id } };
      await ask({ query: WITHDRAW, variables, token, freshFactor });
    },
  },
  {
    name: 'session',
    weight: 0.5,
    needsPostgres: true,
    async run(ask, { email }) {
      const variables = { input: { email, password: PASSWORD, delivery: 'BEARER' } };
      const token = (await ask({ query: SIGN_IN, variables })).signIn.session.token;
      await ask({ query: SIGN_OUT, token });
    },
  },
  {
    name: 'everybody',
    weight: 14,
    needsPostgres: false,
    run: (ask) => ask({ query: oneOf(OF_EVERYBODY) }),
  },
  {
    name: 'admin',
    weight: 4,
    needsPostgres: true,
    run: (
      ask,
      _person,
      {
        staff: {
          admin: { token },
        },
      },
    ) => ask({ query: oneOf(OF_THE_ADMIN), token }),
  },
  {
    name: 'dpo',
    weight: 3,
    needsPostgres: true,
    run: (
      ask,
      _person,
      {
        staff: {
          dpo: { token },
        },
      },
    ) => ask({ query: '{ rightsRequests { totalCount edges { node { kind status } } } }', token }),
  },
  {
    name: 'faulty',
    weight: 8,
    needsPostgres: false,
    run: (ask) => ask(oneOf(FAULTY)),
  },
  {
    name: 'refused',
    weight: 6,
    needsPostgres: false,
    run: (ask, person) => ask(oneOf(refusals(person))),
  },
];

const TOTAL = ACTS.reduce((sum, { weight }) => sum + weight, 0);

export function someAct(): Act {
  let rest = Math.random() * TOTAL;
  for (const act of ACTS) {
    rest -= act.weight;
    if (rest < 0) return act;
  }
  return ACTS[0]!;
}

function oneOf<T>(choices: readonly T[]): T {
  return choices[Math.floor(Math.random() * choices.length)]!;
}
