// The replies to queries for the portal's names, which everybody gets.
import type { Portal } from '../../catalogue/regions.js';
import { aaaaRecord, aRecord, soaRecord } from '../wire/records.js';
import { answersReply, negativeReply, type Reply } from '../wire/reply.js';
import { FLAG } from '../wire/wire.js';

const PORTAL_TTL = 300;

export interface PortalReplies {
  readonly a: Reply;
  readonly aaaa: Reply;
  /** Of every other type. */
  readonly nothing: Reply;
}

/**
 * By the families that a name has. AA is clear, because recursive servers clear it in answers that come from their own policy.
 * RA is set for unlisted clients, too: glibc takes an empty NOERROR without AA and RA for a referral, and does not return over
 * TCP.
 */
export function portalReplies(portal: Portal): Readonly<Record<'both' | 'ipv4' | 'ipv6', PortalReplies>> {
  const nothing = negativeReply(0, FLAG.RA, soaRecord(0, PORTAL_TTL));
  const of = (records: readonly Uint8Array[]) =>
    records.length > 0 ? answersReply(FLAG.RA, records) : nothing;
  const a = of(portal.ipv4.map((each) => aRecord(each, PORTAL_TTL)));
  const aaaa = of(portal.ipv6.map((each) => aaaaRecord(each, PORTAL_TTL)));
  return {
    both: { a, aaaa, nothing },
    ipv4: { a, aaaa: nothing, nothing },
    ipv6: { a: nothing, aaaa, nothing },
  };
}
