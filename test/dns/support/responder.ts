// The chain without sockets, upstreams and clock, for one allowed client.

import { AllowlistReader, AllowlistReplica } from '../../../src/allowlist/replica.js';
import type { Catalogue } from '../../../src/catalogue/catalogue.js';
import { AnswerCache } from '../../../src/dns/cache/cache-writer.js';
import { createSharedCache } from '../../../src/dns/cache/layout.js';
import { Responder } from '../../../src/dns/chain.js';
import { AllowlistClock, Diagnosis } from '../../../src/dns/diagnosis.js';
import { createViewMemory } from '../../../src/dns/household-views.js';
import { type ChainParts, MISS } from '../../../src/dns/packet.js';
import { CookieSecrets, Cookies } from '../../../src/dns/policy/cookies.js';
import { Directory } from '../../../src/dns/policy/directory.js';
import { SourceLimiter } from '../../../src/dns/policy/rate-limit.js';
import { Tally } from '../../../src/dns/tally.js';
import type { Arrival, Transport } from '../../../src/dns/transport/transports.js';
import { type Address, prefixOf } from '../../../src/lib/ip.js';
import { CATALOGUE } from './test-edge.js';

const KEY = [4711, 4712] as const;
const UNLIMITED = { perSecond: 1e9, burst: 1e9 };

/** A query from the source to 192.0.2.53, without a name of the server. */
export function arrivalFrom(source: Address, transport: Transport = 'udp'): Arrival {
  return { transport, source, server: SERVER, serverName: null };
}

const SERVER: Address = { family: 4, words: [0xc0000235] };

export interface TestResponder {
  readonly responder: Responder;
  readonly cache: AnswerCache;
  readonly parts: ChainParts;
  /** Why the answer was what it was that `respond` has just given this length. */
  kindOf(length: number): string;
}

export function testResponder(
  options: {
    allowed: Address;
    /** Of the allowed client. */
    profile?: string;
    catalogue?: Catalogue;
  } & Partial<ChainParts>,
): TestResponder {
  const { allowed, profile = '46;us', catalogue = CATALOGUE, ...more } = options;
  const allowlist = new AllowlistReplica();
  allowlist.set(prefixOf(allowed, allowed.words.length * 32), profile);
  const cache = new AnswerCache(createSharedCache(1_000_000));
  const tally = new Tally();
  const diagnosisSetup = {
    live: 'asked',
    answersConnectivityChecks: true,
    allowlistClock: new AllowlistClock().memory,
    views: createViewMemory(),
  } as const;
  const parts: ChainParts = {
    diagnosis: new Diagnosis(catalogue, KEY, diagnosisSetup),
    diagnosisSetup,
    directory: new Directory(
      catalogue,
      { key: KEY, answersCanaries: true, relaysCdn: true },
      allowlist.shared().profiles,
    ),
    allowlist: new AllowlistReader(allowlist.shared()),
    datagrams: new SourceLimiter(UNLIMITED),
    cookies: new Cookies(CookieSecrets.of([]), () => 1_700_000_000),
    requiresCookie: true,
    answersCanaries: true,
    relaysCdn: true,
    balancers: [],
    cache,
    onPrefetch: () => {},
    tally,
    now: () => 0,
    ...more,
  };
  const counts = new Map<string, number>();
  return {
    responder: new Responder(KEY, parts),
    cache,
    parts,
    kindOf(length) {
      let last = length === MISS ? 'miss' : 'none';
      tally.each((_transport, kind, _rcode, count) => {
        const key = `${_transport} ${kind} ${_rcode}`;
        if (count > (counts.get(key) ?? 0)) last = kind;
        counts.set(key, count);
      });
      return last;
    },
  };
}
