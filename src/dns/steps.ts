// The steps of the chain. Each returns a response, drops the query, or leaves the decision to the next step.
import { LOOKUP } from './cache/cache-reader.js';
import { markStale, STALE_TIMES, servesStaleNow } from './cache/serve-stale.js';
import {
  type ChainParts,
  CONTINUE,
  dropped,
  isValidated,
  MISS,
  type Outcome,
  type Packet,
  replied,
  sent,
  truncated,
} from './packet.js';
import { cookieReply, errorReply, protocolReply } from './policy/protocol.js';
import { RATE } from './policy/rate-limit.js';
import { specialUseReply } from './policy/special-use.js';
import { isBalancer } from './transport/proxy-protocol.js';
import { bareReply, type Reply, writeAnswer } from './wire/reply.js';
import { CLIENT_COOKIE, RCODE } from './wire/wire.js';

/** While there is no allowlist: a stub resolver then asks its next server, and a balancer takes the node out of service. */
const UNREADY = bareReply(RCODE.SERVFAIL, 0);

/**
 * Access control (ACL). An allowed client goes on. An unlisted client gets the portal's addresses, and REFUSED for every other
 * query, valid or not; check names and, if this is on, connectivity checks are answered, too. Over UDP its source may be forged,
 * so no response has more bytes than its query; a longer one is truncated. Over the rate limit every second query is dropped,
 * and the portal's names are always truncated: TCP has no such limit. Without an allowlist no client is unlisted: every query
 * but one for the portal or a check name fails, and every query of a balancer's health check.
 */
export function accessControl(packet: Packet, parts: ChainParts): Outcome {
  const { query, envelope, transport } = packet;
  packet.profile = parts.allowlist.find(envelope.source);
  if (packet.profile !== 0) {
    envelope.cookies = parts.cookies;
    return CONTINUE;
  }
  if (packet.rate === RATE.OVER) return dropped('rate-limited', packet, parts);
  if (transport === 'udp') envelope.limit = Math.min(envelope.limit, query.length);
  const { isKnown } = parts.allowlist;
  const mayAsk = query.rcode === RCODE.NOERROR && protocolReply(query) === null;
  if (mayAsk && (isKnown || !isBalancer(envelope.source, parts.balancers))) {
    const checked = checkNames(packet, parts);
    if (checked !== CONTINUE) return checked;
    const reply = portalReply(packet, parts);
    if (reply !== null) {
      return packet.rate === RATE.SLIP
        ? truncated('portal', packet, parts, RCODE.NOERROR)
        : replied('portal', packet, parts, reply);
    }
  }
  const { refused } = parts.diagnosis;
  return isKnown ? replied('refused', packet, parts, refused) : replied('unready', packet, parts, UNREADY);
}

/** The reply to an unlisted client's query for a name that leads to the portal; null: it is none. */
function portalReply({ query }: Packet, { directory, diagnosis, allowlist }: ChainParts): Reply | null {
  directory.look(query);
  if (directory.isPortal) return directory.portalReply(query.type);
  // Without an allowlist nobody's address is known to have changed.
  return allowlist.isKnown && diagnosis.connectivityChecks ? diagnosis.connectivityChecks.reply(query) : null;
}

/** Check names and self names, answered to anyone. The names alone decide that they are: no step after this one sees them. */
export function checkNames(packet: Packet, parts: ChainParts): Outcome {
  const { query, envelope, transport, profile, rate } = packet;
  const { diagnosis, allowlist } = parts;
  if (!diagnosis.checkNames.has(query)) return CONTINUE;
  const isListed = profile !== 0;
  if (!isListed && rate === RATE.SLIP) return truncated('check', packet, parts, RCODE.NOERROR);
  const { facts } = diagnosis;
  facts.source = envelope.source;
  facts.server = packet.server;
  facts.transport = transport;
  facts.isListed = isListed ? true : allowlist.isKnown ? false : null;
  facts.allowlistAge = diagnosis.allowlistClock.ageSeconds(parts.now());
  lead(packet, parts);
  const reply = diagnosis.checkNames.reply(query, facts, !isListed && transport === 'udp');
  return reply === null ? CONTINUE : replied('check', packet, parts, reply);
}

/** Notes where names lead the client: by the query's own name, or by the name before the one of a status. */
function lead(packet: Packet, { directory, diagnosis }: ChainParts): void {
  const { query, envelope, profile } = packet;
  const { facts } = diagnosis;
  facts.region = null;
  facts.relay = 0;
  facts.service = null;
  if (profile === 0) return;
  const named = diagnosis.namedIn(query);
  if (named !== null) {
    directory.look(named);
    facts.service = directory.service === null ? 'none' : diagnosis.serviceId(directory.service.position);
    if (directory.service === null) return;
  }
  const region = directory.regionOf(packet, named === null ? null : directory.service);
  facts.region = directory.regionId(region);
  facts.relay = directory.relayNumber(named ?? query, region, envelope.source);
}

/** What the RFCs demand before the name matters: errors in the message, meta-types, requests for a cookie alone. */
export function protocol(packet: Packet, parts: ChainParts): Outcome {
  const { query, envelope } = packet;
  if (query.asksCookie) {
    const isGood = query.cookieLength === CLIENT_COOKIE || parts.cookies.isValid(query, envelope.source);
    return replied('protocol', packet, parts, cookieReply(isGood));
  }
  const reply = query.rcode === RCODE.NOERROR ? protocolReply(query) : errorReply(query.rcode);
  return reply === null ? CONTINUE : replied('protocol', packet, parts, reply);
}

/** The portal's names, and the streaming names of the catalogue: every type of theirs that leads to an address. */
export function catalogue(packet: Packet, parts: ChainParts): Outcome {
  const { directory } = parts;
  const { query, envelope } = packet;
  directory.look(query);
  if (directory.isPortal) return replied('portal', packet, parts, directory.portalReply(query.type));
  if (directory.service === null) return CONTINUE;
  const reply = directory.relayReply(query, packet, envelope.source);
  return reply === null ? CONTINUE : replied('relayed', packet, parts, reply);
}

/** Special-use names (RFC 6761), found by `catalogue` in the same look. */
export function specialUse(packet: Packet, parts: ChainParts): Outcome {
  const { specialOffset, treatment } = parts.directory;
  if (specialOffset < 0) return CONTINUE;
  const reply = specialUseReply(treatment, specialOffset, packet.query.type);
  return reply === null ? CONTINUE : replied('special-use', packet, parts, reply);
}

/** Prefetch: an answer that was used this often, in the last tenth of a TTL of at least so many seconds. */
const PREFETCH_USES = 3;
const PREFETCH_SHARE = 0.1;
const PREFETCH_MIN_TTL = 10;

/** The age of the answer that is being written; one object, so that no query allocates. */
const times = { age: 0, ttl: -1 };

/**
 * The cache. A thread that could not read it because the writer was at work reports a miss: the thread of the writer then
 * looks again. Nothing is truncated for that reason, so a name in the cache is answered over UDP in every case.
 */
export function cache(packet: Packet, parts: ChainParts): Outcome {
  const { query, envelope } = packet;
  const lookup = parts.cache.lookUp(query);
  if (lookup !== LOOKUP.HIT) return lookup === LOOKUP.BUSY ? MISS : CONTINUE;
  const { found } = parts.cache;
  const now = parts.now();
  if (now >= found.expiresAt) {
    if (!servesStaleNow(found, now)) return CONTINUE;
    markStale(found);
    return sent('stale', packet, parts, found.rcode, writeAnswer(query, found, STALE_TIMES, envelope));
  }
  const validated = isValidated(packet, parts);
  // Otherwise a forged query could keep an answer in the cache, and its age would show that the source is allowed.
  if (validated || !parts.requiresCookie) parts.cache.countUse(query, validated);
  const isLate = found.ttl >= PREFETCH_MIN_TTL && found.expiresAt - now <= found.ttl * 1000 * PREFETCH_SHARE;
  if (validated && isLate && parts.cache.claimPrefetch(query, PREFETCH_USES)) parts.onPrefetch(query);
  times.age = Math.floor((now - found.storedAt) / 1000);
  return sent('cached', packet, parts, found.rcode, writeAnswer(query, found, times, envelope));
}

/**
 * Source validation before a query is forwarded. Anybody can send a query for a name in their own zone with a customer's
 * source address; if it were forwarded, the query at their own name server would show that the address is allowed.
 */
export function sourceValidation(packet: Packet, parts: ChainParts): Outcome {
  if (!parts.requiresCookie || isValidated(packet, parts)) return CONTINUE;
  return truncated('cookie-required', packet, parts, RCODE.NOERROR);
}
