// What normalised caches must know of the API: an object with an id is stored under its type and id, the viewer under its type
// alone, and every other object in the one that it belongs to.
import { EMBEDDED_TYPES } from './generated/embedded-types.js';

type EmbeddedType = (typeof EMBEDDED_TYPES)[number];

/**
 * Apollo Client: `new InMemoryCache({ typePolicies })`. Fields of the viewer from several queries come together. Call
 * `clearStore` when somebody else signs in.
 */
export const typePolicies = {
  ...perType(() => ({ merge: true as const })),
  Viewer: { keyFields: [] as [] },
};

/** urql: `cacheExchange({ keys })` of `@urql/exchange-graphcache`. Make another client when somebody else signs in. */
export const keys = {
  ...perType(() => () => null),
  Viewer: () => 'viewer',
};

function perType<Policy>(policy: () => Policy): Record<EmbeddedType, Policy> {
  return Object.fromEntries(EMBEDDED_TYPES.map((type) => [type, policy()])) as Record<EmbeddedType, Policy>;
}
