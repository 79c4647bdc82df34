// What the chains of all threads have in common, in a form that can be handed to a thread, and a thread's own chain.

import { AllowlistReader, type SharedAllowlist } from '../allowlist/replica.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import type { HashKey } from '../lib/hash.js';
import type { Prefix } from '../lib/ip.js';
import { type ChainParts, Responder } from './chain.js';
import { CookieSecrets, Cookies } from './policy/cookies.js';
import { Directory } from './policy/directory.js';
import { type RateLimit, type SharedRates, SourceLimiter } from './policy/rate-limit.js';

export interface SharedChain {
  /** Of the hashes of names. */
  readonly hashKey: HashKey;
  readonly limits: { readonly datagrams: RateLimit };
  readonly datagrams: SharedRates;
  /** The words of CookieSecrets. */
  readonly secrets: ArrayBufferLike;
  readonly provesSource: boolean;
  readonly answersCanaries: boolean;
  /** Whose datagrams begin with a PROXY header. */
  readonly balancers: readonly Prefix[];
}

type OwnParts = Pick<ChainParts, 'cache' | 'onRefresh' | 'tally' | 'now'> & {
  readonly allowlist: SharedAllowlist;
  readonly catalogue: Catalogue;
};

export function openChain(shared: SharedChain, { allowlist, catalogue, ...own }: OwnParts): Responder {
  const { hashKey, limits, provesSource, answersCanaries, balancers } = shared;
  const reader = new AllowlistReader(allowlist);
  const secrets = new CookieSecrets(new Uint32Array(shared.secrets));
  return new Responder(hashKey, {
    directory: new Directory(catalogue, hashKey, reader.regions, answersCanaries),
    allowlist: reader,
    datagrams: new SourceLimiter(limits.datagrams, shared.datagrams),
    cookies: new Cookies(secrets, () => Math.floor(Date.now() / 1000)),
    provesSource,
    answersCanaries,
    balancers,
    ...own,
  });
}
