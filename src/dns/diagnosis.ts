// What shows people why a device is refused or plays nothing: check names, connectivity checks, live counts, and the reason of a refusal.

import type { Catalogue } from '../catalogue/catalogue.js';
import type { HashKey } from '../lib/siphash.js';
import { HouseholdCounter } from './household-views.js';
import { CheckNames, type LiveAddresses, type QueryFacts } from './policy/check-names.js';
import { ConnectivityChecks } from './policy/connectivity-checks.js';
import { Query } from './wire/query.js';
import { bareReply, extendedError, type Reply } from './wire/reply.js';
import { CLASS_IN, EXTENDED_ERROR, RCODE, TYPE } from './wire/wire.js';

/** The header of a query with one question, and what follows the labels of its name: the root, type A and class IN. */
const QUESTION_HEADER = Buffer.from([0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
const QUESTION_END = Buffer.from([0, 0, TYPE.A, 0, CLASS_IN]);

/** The same for all threads. */
export interface DiagnosisSetup {
  readonly live: LiveAddresses;
  /** Whether unlisted clients get the portal for the names by which devices look for the internet. */
  readonly answersConnectivityChecks: boolean;
  /** The memory of AllowlistClock. */
  readonly allowlistClock: SharedArrayBuffer;
  /** The memory of live counts. */
  readonly views: SharedArrayBuffer;
}

/** Milliseconds between two notes of the allowlist's age. */
const NOTE_MS = 1000;

/** When the allowlist was last known to be current, in memory that threads share: milliseconds on the clock of all threads. */
export class AllowlistClock {
  private readonly at: Float64Array;

  constructor(readonly memory = new SharedArrayBuffer(Float64Array.BYTES_PER_ELEMENT)) {
    this.at = new Float64Array(memory);
  }

  /** Notes the allowlist's age every second until the returned function is called. */
  follow(now: () => number, ageSeconds: () => number): () => void {
    const note = () => {
      this.at[0] = now() - ageSeconds() * 1000;
    };
    note();
    const timer = setInterval(note, NOTE_MS).unref();
    return () => clearInterval(timer);
  }

  ageSeconds(now: number): number {
    return Math.max(0, now - this.at[0]!) / 1000;
  }
}

/** What the steps need of one catalogue. One of each thread. */
export class Diagnosis {
  readonly checkNames: CheckNames;
  /** Null: off. */
  readonly connectivityChecks: ConnectivityChecks | null;
  readonly household: HouseholdCounter;
  /** The host of the page of live counts; null: there is none. */
  readonly liveHost: string | null;
  /** The reply to unlisted clients. It names the portal (RFC 8914 section 4.19) where there is room. */
  readonly refused: Reply;
  readonly allowlistClock: AllowlistClock;
  /** Filled in for each query for a check name. */
  readonly facts: QueryFacts = {
    source: { family: 4, words: [0] },
    server: { family: 4, words: [0] },
    transport: '',
    isListed: null,
    allowlistAge: 0,
    region: null,
    relay: 0,
    service: null,
  };

  private readonly serviceIds: readonly string[];
  private readonly named: Query;

  /** `key`: of the queries' hashes. */
  constructor({ portal, regions, services }: Catalogue, key: HashKey, setup: DiagnosisSetup) {
    const ids = regions.map(({ id }) => id);
    this.checkNames = new CheckNames(portal, ids, key, setup.live);
    this.connectivityChecks = setup.answersConnectivityChecks ? new ConnectivityChecks(portal, key) : null;
    this.serviceIds = services.map(({ id }) => id);
    this.household = new HouseholdCounter(setup.views, this.serviceIds);
    this.named = new Query(key);
    this.liveHost = setup.live === null ? null : `live.check.${portal.names[0]}`;
    const where = extendedError(EXTENDED_ERROR.PROHIBITED, `https://${portal.names[0]}/`);
    this.refused = bareReply(RCODE.REFUSED, 0, where);
    this.allowlistClock = new AllowlistClock(setup.allowlistClock);
  }

  /** A query of type A for the name before `status.` in the query's name. Null: there is none. Only then it allocates. */
  namedIn(query: Query): Query | null {
    const name = this.checkNames.nameBeforeStatus(query);
    if (name === null) return null;
    const message = Buffer.concat([QUESTION_HEADER, name, QUESTION_END]);
    this.named.read(message, message.length);
    return this.named;
  }

  serviceId(position: number): string {
    return this.serviceIds[position]!;
  }
}
