// Parses an admin's allowlist entry, by the rules and with the messages of the gateway.

import { FAMILIES, type Families, plainProfile } from '../../allowlist/profile.js';
import type { Entry } from '../../allowlist/writer.js';
import { loadCatalogue } from '../../catalogue/catalogue.js';
import type { CliConfig } from '../../config/cli.js';
import {
  addressError,
  type ListingRules,
  labelError,
  lastDayError,
  regionError,
} from '../../input/listing.js';
import { type UserError } from '../../input/user-error.js';
import { parseDay } from '../../lib/calendar.js';
import { messageOf } from '../../lib/error-codes.js';
import { type Prefix, parsePrefix } from '../../lib/ip.js';
import { CommandLineError } from '../errors.js';

/** A prefix with fewer bits contains at least a 256th of all addresses. */
const WIDE = 9;

export interface EntryText {
  readonly prefix: string;
  /** Empty: automatic. */
  readonly region: string;
  /** Empty: the family of the prefix. */
  readonly families: string;
  /** Empty: open-ended. */
  readonly until: string;
  readonly label: string;
}

/** Throws CatalogueError: without a valid catalogue no region can be checked. */
export async function readRules(config: CliConfig): Promise<ListingRules> {
  const catalogue = await loadCatalogue(config);
  return { catalogue: () => catalogue, allowPrivateAddresses: config.allowPrivateAddresses };
}

/** The prefix, or what is wrong with it, without repeating it. */
export function readPrefix(text: string): Prefix | string {
  const prefix = parsePrefix(text);
  if (prefix === 'NOT_AN_ADDRESS') return messageOf('INVALID_PREFIX');
  return prefix === 'HOST_BITS_SET' ? messageOf('HOST_BITS_SET') : prefix;
}

/** As `readPrefix`. Throws CommandLineError. */
export function prefixArgument(text: string): Prefix {
  const prefix = readPrefix(text);
  if (typeof prefix === 'string') throw new CommandLineError(prefix);
  return prefix;
}

/** The entry, or its first error, which does not repeat the input. `wide`: accept very short prefixes, too. */
export function readEntry(
  text: EntryText,
  rules: ListingRules,
  { wide }: { readonly wide: boolean },
): Entry | string {
  const prefix = readPrefix(text.prefix);
  if (typeof prefix === 'string') return prefix;
  if (prefix.length < WIDE && !wide)
    return 'This prefix is a large part of the internet; add --yes if it is intended.';
  const label = text.label.trim();
  const region = text.region || null;
  const families = text.families === '' ? null : readFamilies(text.families);
  if (families === undefined) return `The families must be one of: ${FAMILIES.join(', ')}.`;
  const lastDay = text.until === '' ? null : parseDay(text.until);
  if (text.until !== '' && lastDay === null) return 'The last day must be a date such as 2027-03-31.';
  const userError =
    addressError(rules, prefix, null) ??
    (region === null ? null : regionError(rules, region, 'region')) ??
    labelError(label, 'label') ??
    lastDayError(lastDay, 'until');
  if (userError !== null) return sentence(userError, rules);
  const plain = plainProfile(prefix, region);
  return { prefix, profile: { ...plain, families: families ?? plain.families }, label, lastDay };
}

/** Undefined: there are no such families. */
function readFamilies(text: string): Families | undefined {
  return FAMILIES.find((each) => each === text);
}

function sentence({ code }: UserError, rules: ListingRules): string {
  if (code !== 'UNKNOWN_REGION') return messageOf(code);
  const regions = rules.catalogue().regions.map(({ id }) => id);
  return `${messageOf(code)} The regions are: ${regions.join(', ')}.`;
}
