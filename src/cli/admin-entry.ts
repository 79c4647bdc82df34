// An admin's allowlist entry from text: the gateway's rules, told in the words of the command line.
import { isPublic, type Prefix, parsePrefix } from '../allowlist/address.js';
import type { Entry } from '../allowlist/writer.js';
import type { Catalogue } from '../catalogue/catalogue.js';
import { parseDay, today } from '../day.js';

export interface EntryText {
  readonly prefix: string;
  /** Empty: the default region. */
  readonly region: string;
  /** Empty: open-ended. */
  readonly until: string;
}

export interface EntryRules {
  readonly catalogue: Catalogue;
  readonly allowPrivateAddresses: boolean;
}

const YEARS_AHEAD = 5;

/** The prefix, or what is wrong with it, without repeating it. */
export function readPrefix(text: string): Prefix | string {
  const prefix = parsePrefix(text);
  if (prefix === 'NOT_AN_ADDRESS')
    return 'not an address or a prefix (192.0.2.1, 192.0.2.0/24, 2001:db8::/48)';
  if (prefix === 'HOST_BITS_SET') return 'the address has bits set beyond its prefix length';
  return prefix;
}

/** The entry, or what is wrong with its text, without repeating it. */
export function readEntry(text: EntryText, { catalogue, allowPrivateAddresses }: EntryRules): Entry | string {
  const prefix = readPrefix(text.prefix);
  if (typeof prefix === 'string') return prefix;
  if (!allowPrivateAddresses && !isPublic(prefix)) return 'not a public address range';
  const region = text.region || catalogue.defaultRegion;
  const regions = catalogue.regions.map(({ id }) => id);
  if (!regions.includes(region)) return `no such region; there are: ${regions.join(', ')}`;
  if (text.until === '') return { prefix, region, label: '', lastDay: null };
  const lastDay = parseDay(text.until);
  if (lastDay === null) return 'the last day is not a date as YYYY-MM-DD';
  const first = today();
  const last = `${Number(first.slice(0, 4)) + YEARS_AHEAD}${first.slice(4)}`;
  if (lastDay < first || lastDay > last) {
    return `the last day must lie between today and ${YEARS_AHEAD} years from today`;
  }
  return { prefix, region, label: '', lastDay };
}
