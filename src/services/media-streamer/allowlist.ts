// The whole allowlist, for admins: looked through, added to, and removed from.

import { type Profile, plainProfile } from '../../allowlist/profile.js';
import type { AllowlistWriter, Entry, ListedEntry } from '../../allowlist/writer.js';
import {
  addressError,
  isUserError,
  type ListingRules,
  labelError,
  lastDayError,
  regionError,
} from '../../input/listing.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';
import type { Day } from '../../lib/calendar.js';
import { type Prefix, parsePrefix } from '../../lib/ip.js';
import type { Page, PageRequest } from '../../lib/pages.js';

const MAX_BULK_ENTRIES = 1000;

export interface NewEntry {
  readonly prefix: string;
  /** A region id; null: automatic. */
  readonly region: string | null;
  /** The families over which its devices reach relays; null: that of the prefix. */
  readonly families: readonly (4 | 6)[] | null;
  readonly lastDay: Day | null;
  /** Empty: none. */
  readonly label: string;
}

export class AllowlistService {
  constructor(
    private readonly writer: AllowlistWriter,
    private readonly rules: ListingRules,
  ) {}

  /** Sorted by address; `search` is an address or a prefix, and finds what lies inside it. Throws InvalidCursor. */
  async page(request: PageRequest, search: string | null): Promise<Page<ListedEntry> | 'invalid-search'> {
    const within = search === null ? null : parsePrefix(search.trim());
    return typeof within === 'string' ? 'invalid-search' : this.writer.page(request, within);
  }

  /** Allows the prefix, or replaces what an admin said of it before. */
  async allow(input: NewEntry): Promise<Outcome<Entry>> {
    const checked = this.check(input, '');
    if (!checked.ok) return checked;
    await this.writer.put(checked.value);
    return checked;
  }

  /**
   * One user error anywhere, and nothing is allowed. The entries are then written in atomic steps of up to 500: should the
   * store go away between two, the same call again completes them.
   */
  async allowMany(inputs: readonly NewEntry[]): Promise<Outcome<{ added: number; replaced: number }>> {
    if (inputs.length === 0 || inputs.length > MAX_BULK_ENTRIES) {
      return refused({ field: 'entries', code: 'TOO_MANY_ENTRIES' });
    }
    const seen = new Set<string>();
    const entries: Entry[] = [];
    const userErrors: UserError[] = [];
    for (const [index, input] of inputs.entries()) {
      const path = `entries.${index}.`;
      const checked = this.check(input, path);
      if (!checked.ok) userErrors.push(...checked.userErrors);
      else if (seen.has(checked.value.prefix.text)) {
        userErrors.push({ field: `${path}prefix`, code: 'DUPLICATE_ENTRY' });
      } else {
        seen.add(checked.value.prefix.text);
        entries.push(checked.value);
      }
    }
    if (userErrors.length > 0) return refused(...userErrors);
    return done(await this.writer.putMany(entries));
  }

  /** Takes the prefix off the admins' list, or from every owner. What is not listed is not an error. */
  async remove(
    text: string,
    includeNetworks: boolean,
  ): Promise<Outcome<{ removed: boolean; stillAllowed: boolean }>> {
    const prefix = parseListed(text, 'prefix');
    if (!prefix.ok) return prefix;
    if (!includeNetworks) return done(await this.writer.remove(prefix.value));
    const owners = await this.writer.removeEverywhere(prefix.value);
    return done({ removed: owners > 0, stillAllowed: false });
  }

  /** The entries with this label. Returns how many there were. */
  async removeLabelled(label: string): Promise<Outcome<number>> {
    const userError = labelError(label.trim(), 'label');
    if (userError !== null) return refused(userError);
    return done(await this.writer.removeMatching({ label: label.trim() }));
  }

  /** The entries with these prefixes. Returns how many there were. */
  async removeMany(texts: readonly string[]): Promise<Outcome<number>> {
    if (texts.length === 0 || texts.length > MAX_BULK_ENTRIES) {
      return refused({ field: 'prefixes', code: 'TOO_MANY_ENTRIES' });
    }
    const parsed = texts.map((text, index) => parseListed(text, `prefixes.${index}`));
    const userErrors = parsed.flatMap((outcome) => (outcome.ok ? [] : outcome.userErrors));
    if (userErrors.length > 0) return refused(...userErrors);
    const values = parsed.flatMap((outcome) => (outcome.ok ? [outcome.value] : []));
    return done(await this.writer.removeMany(values));
  }

  /** `path` stands before the names of the fields, and ends in a dot unless it is empty. */
  private check(input: NewEntry, path: string): Outcome<Entry> {
    const parsed = parseListed(input.prefix, `${path}prefix`);
    const { region } = input;
    const label = input.label.trim();
    const userErrors = [
      ...(parsed.ok ? [addressError(this.rules, parsed.value, `${path}prefix`)] : parsed.userErrors),
      region === null ? null : regionError(this.rules, region, `${path}regionId`),
      familiesError(input.families, `${path}families`),
      lastDayError(input.lastDay, `${path}lastDay`),
      labelError(label, `${path}label`),
    ].filter(isUserError);
    if (!parsed.ok || userErrors.length > 0) return refused(...userErrors);
    const prefix = parsed.value;
    const profile = { ...plainProfile(prefix, region), ...familiesOf(input.families) };
    return done({ prefix, profile, label, lastDay: input.lastDay });
  }
}

function familiesError(families: readonly (4 | 6)[] | null, field: string): UserError | null {
  if (families === null) return null;
  if (families.length === 0) return { field, code: 'TEXT_REQUIRED' };
  return new Set(families).size === families.length ? null : { field, code: 'DUPLICATE_FAMILY' };
}

function familiesOf(families: readonly (4 | 6)[] | null): Partial<Profile> {
  if (families === null) return {};
  if (families.length === 2) return { families: '46' };
  return { families: families[0] === 4 ? '4' : '6' };
}

function parseListed(text: string, field: string): Outcome<Prefix> {
  const prefix = parsePrefix(text.trim());
  if (prefix === 'NOT_AN_ADDRESS') return refused({ field, code: 'INVALID_PREFIX' });
  return prefix === 'HOST_BITS_SET' ? refused({ field, code: 'HOST_BITS_SET' }) : done(prefix);
}
