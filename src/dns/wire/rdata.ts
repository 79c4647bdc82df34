// Checks that RDATA has the form of its type, so that devices do not parse malformed data.
import { expandedNameEnd, type RecordBounds } from './name.js';
import { TYPE } from './wire.js';

/** Bytes, names and bytes in this order. With `isOpen` more bytes may follow. */
interface Layout {
  readonly before: number;
  readonly names: number;
  readonly after: number;
  readonly isOpen?: boolean;
}

const NAME: Layout = { before: 0, names: 1, after: 0 };
const PREFERENCE_AND_NAME: Layout = { before: 2, names: 1, after: 0 };

/**
 * The types whose RDATA has a fixed form or contains names that a device expands: those of RFC 1035, the only ones that may
 * be compressed (RFC 3597 section 4), and later ones that are in use. RDATA of all other types is passed on unchecked.
 */
const LAYOUTS: ReadonlyMap<number, Layout> = new Map([
  [TYPE.A, { before: 4, names: 0, after: 0 }],
  [TYPE.AAAA, { before: 16, names: 0, after: 0 }],
  [TYPE.NS, NAME],
  [TYPE.CNAME, NAME],
  [TYPE.PTR, NAME],
  [TYPE.DNAME, NAME],
  [TYPE.MX, PREFERENCE_AND_NAME],
  [TYPE.SOA, { before: 0, names: 2, after: 20 }],
  [TYPE.SRV, { before: 6, names: 1, after: 0 }],
  [TYPE.SVCB, { ...PREFERENCE_AND_NAME, isOpen: true }],
  [TYPE.HTTPS, { ...PREFERENCE_AND_NAME, isOpen: true }],
  [TYPE.RRSIG, { before: 18, names: 1, after: 0, isOpen: true }],
]);

/** False when the RDATA of a record is shorter or longer than its type allows, or has an invalid name. */
export function isValidRdata(message: Uint8Array, { type, data, end }: RecordBounds): boolean {
  const layout = LAYOUTS.get(type);
  if (layout === undefined) return true;
  let at = data + layout.before;
  for (let name = 0; name < layout.names; name++) {
    at = expandedNameEnd(message, at, end);
    if (at < 0) return false;
  }
  at += layout.after;
  return layout.isOpen === true ? at <= end : at === end;
}
