// What the chains of all threads share, in a form that can be passed to a UDP worker, and the chain of one thread.

import type { AllowlistReader } from '../allowlist/replica.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { Prefix } from '../lib/ip.js';
import type { HashKey } from '../lib/siphash.js';
import type { SharedCache } from './cache/layout.js';
import { Responder } from './chain.js';
import { Diagnosis, type DiagnosisSetup } from './diagnosis.js';
import type { ChainParts } from './packet.js';
import { CookieSecrets, Cookies } from './policy/cookies.js';
import { Directory } from './policy/directory.js';
import { type RateLimit, type SharedRates, SourceLimiter } from './policy/rate-limit.js';

export interface SharedChain {
  /** The key of the hashes of names. */
  readonly hashKey: HashKey;
  readonly limits: { readonly datagrams: RateLimit };
  readonly datagrams: SharedRates;
  /** The memory of CookieSecrets. */
  readonly secrets: ArrayBufferLike;
  readonly requiresCookie: boolean;
  readonly answersCanaries: boolean;
  readonly diagnosis: DiagnosisSetup;
  readonly relaysCdn: boolean;
  /** Peers whose datagrams begin with a PROXY header. */
  readonly balancers: readonly Prefix[];
}

/** What every UDP worker starts with. */
export interface SharedSetup extends SharedChain {
  readonly cache: SharedCache;
  /** Cache misses of one source that a UDP worker hands over to the main thread. */
  readonly handedOver: RateLimit;
}

type OwnParts = Pick<ChainParts, 'cache' | 'onPrefetch' | 'tally' | 'now'> & {
  readonly allowlist: AllowlistReader;
  readonly catalogue: Catalogue;
};

export function openChain(shared: SharedChain, { allowlist, catalogue, ...own }: OwnParts): Responder {
  const { hashKey, limits, requiresCookie, answersCanaries, relaysCdn, balancers, diagnosis } = shared;
  const secrets = new CookieSecrets(new Uint32Array(shared.secrets));
  return new Responder(hashKey, {
    directory: new Directory(catalogue, { key: hashKey, answersCanaries, relaysCdn }, allowlist.profiles),
    diagnosis: new Diagnosis(catalogue, hashKey, diagnosis),
    diagnosisSetup: diagnosis,
    allowlist,
    datagrams: new SourceLimiter(limits.datagrams, shared.datagrams),
    cookies: new Cookies(secrets, () => Math.floor(Date.now() / 1000)),
    requiresCookie,
    answersCanaries,
    relaysCdn,
    balancers,
    ...own,
  });
}
