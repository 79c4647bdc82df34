// The portal in answer to the names by which devices look for the internet, so that a device whose address has changed shows its page.

import type { Portal } from '../../catalogue/regions.js';
import { CONNECTIVITY_CHECKS } from '../../lib/connectivity-checks.js';
import type { HashKey } from '../../lib/siphash.js';
import { wireName } from '../wire/name.js';
import type { Query } from '../wire/query.js';
import { aaaaRecord, aRecord, soaRecord } from '../wire/records.js';
import { answersReply, negativeReply, type Reply } from '../wire/reply.js';
import { FLAG, TYPE } from '../wire/wire.js';
import { NameTable } from './name-table.js';

/** Seconds until a device asks again, once its address is registered. */
const TTL = 5;

const NOTHING = negativeReply(0, FLAG.RA, soaRecord(0, TTL));

export class ConnectivityChecks {
  private readonly names: NameTable;
  private readonly a: Reply;
  private readonly aaaa: Reply;

  /** `key`: of the queries' hashes. */
  constructor({ ipv4, ipv6 }: Portal, key: HashKey) {
    this.names = new NameTable(key);
    for (const name of CONNECTIVITY_CHECKS) this.names.add(wireName(name), 1);
    this.names.seal();
    const of = (records: readonly Uint8Array[]) =>
      records.length > 0 ? answersReply(FLAG.RA, records) : NOTHING;
    this.a = of(ipv4.map((each) => aRecord(each, TTL)));
    this.aaaa = of(ipv6.map((each) => aaaaRecord(each, TTL)));
  }

  /** The reply to an unlisted client's query; null: the name is not one of them. Without AA: another party is the authority. */
  reply(query: Query): Reply | null {
    if (query.labelCount === 0 || this.names.get(query, 0) === 0) return null;
    return query.type === TYPE.A ? this.a : query.type === TYPE.AAAA ? this.aaaa : NOTHING;
  }
}
