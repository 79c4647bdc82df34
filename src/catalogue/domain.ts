// Which names a catalogue may contain: host names in the form in which the edge compares them.
import { domainToUnicode } from 'node:url';
import { getDomain, parse } from 'tldts';
import { withParents } from './services.js';

/** Lower-case letters, digits and inner hyphens, 63 at most (RFC 1123 section 2.1, RFC 1035 section 2.3.4). */
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

/** The rules of `domainError`, as far as a pattern can express them; for editors. */
export const DOMAIN_PATTERN = `^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})+$`;

/** The rules of `patternError`, likewise. */
export const PATTERN_PATTERN = `^(?=.{1,253}$)(?=[^.]*[^.*][^.]*\\.)[a-z0-9-]*\\*[a-z0-9-]*(?:\\.${LABEL}){2,}$`;

/** What many sites share, and the Public Suffix List does not have: relaying one of these would relay them all. */
const SHARED_DOMAINS: ReadonlySet<string> = new Set([
  'amazonaws.com',
  'b-cdn.net',
  'boltdns.net',
  'cdn77.org',
  'core.windows.net',
  'edgecastcdn.net',
  'fastly.net',
  'footprint.net',
  'gcdn.co',
  'gstatic.com',
  'hwcdn.net',
  'kxcdn.com',
  'lldns.net',
  'llnwd.net',
  'llnwi.net',
  'ssl.fastly.net',
  'systemcdn.net',
  'uplynk.com',
  'windows.net',
]);

/** A shorter pattern below a shared suffix would match names of others by chance. */
const SHARED_PATTERN_CHARACTERS = 6;

/** `us-west-2.amazonaws.com`, and the services there: `elb.us-west-2.amazonaws.com`. */
const SHARED_REGION = /^(?:(?:elb|execute-api|lambda-url|s3)\.)?[a-z]{2}(?:-[a-z]+)+-\d\.amazonaws\.com$/;

/** `registry`: a suffix below which anyone registers domains. `shared`: many sites have their names at it or below it. */
function suffixKind(name: string): 'registry' | 'shared' | null {
  const options = { allowPrivateDomains: true, extractHostname: false, validateHostname: false };
  const { publicSuffix, isPrivate } = parse(name, options);
  if (publicSuffix === name) return isPrivate ? 'shared' : 'registry';
  return SHARED_DOMAINS.has(name) || SHARED_REGION.test(name) ? 'shared' : null;
}

/** The nearest suffix at the name or above it that many sites share, or null. */
export function sharedSuffixOf(name: string): string | null {
  return withParents(name).find((each) => suffixKind(each) === 'shared') ?? null;
}

/** The domain that a registrar has sold: `bbc.co.uk` of `www.bbc.co.uk`. The name itself where there is none. */
export function registeredDomain(name: string): string {
  return getDomain(name, { extractHostname: false, validateHostname: false }) ?? name;
}

/** Why the text is not a domain of a catalogue. Null: it is a name in A-labels, without a trailing dot. */
export function domainError(text: string): string | null {
  const shown = JSON.stringify(text);
  if (/[^\x20-\x7e]/.test(text)) return `${shown} must be written with A-labels (xn--…), RFC 5890`;
  if (text !== text.toLowerCase()) return `${shown} must be in lower case`;
  if (text.endsWith('.')) return `${shown} must not end with a dot`;
  if (text.length > 253) return `${shown} is longer than 253 bytes`;
  const labels = text.split('.');
  const long = labels.find((label) => label.length > 63);
  if (long !== undefined) return `${shown} has a label that is longer than 63 bytes`;
  const label = new RegExp(`^${LABEL}$`);
  if (!labels.every((each) => label.test(each))) {
    return `${shown} is not a host name: labels are letters, digits and inner hyphens`;
  }
  if (labels.length === 1) return `${shown} is a single label, which would cover a whole top-level domain`;
  if (/^\d+$/.test(labels.at(-1)!)) return `${shown} ends in a number, as an address does`;
  // domainToUnicode leaves an A-label that encodes nothing as it is.
  if (/(?:^|\.)xn--/.test(domainToUnicode(text))) return `${shown} has an invalid A-label (RFC 5891)`;
  const kind = suffixKind(text);
  if (kind === 'registry') return `${shown} is a registry's suffix, not one service's domain`;
  return kind && `${shown} is shared by many sites, not one service's domain`;
}

/**
 * Why the text is not a pattern of a catalogue. Null: it is a name in A-labels with one `*` inside its first label. The `*`
 * stands for one or more characters of that label, and the labels after it are the zone.
 */
export function patternError(text: string): string | null {
  const shown = JSON.stringify(text);
  const [first = '', ...zone] = text.split('.');
  const stars = text.split('*').length - 1;
  if (stars !== 1) return `${shown} must have one "*"; it has ${stars}`;
  if (!first.includes('*')) return `${shown} must have its "*" in the first label`;
  if (first === '*') return `${shown} must have letters or digits beside its "*"`;
  if (zone.length < 2) return `${shown} must have a zone after its first label, such as "*-api.example.com"`;
  // The shortest name that the pattern stands for has all other rules of names.
  const shortest = text.replace('*', 'x');
  const error = domainError(shortest);
  if (error !== null) return error.replace(JSON.stringify(shortest), shown);
  if (suffixKind(zone.join('.')) === 'registry') {
    return `${shown} has a registry's suffix as its zone, below which anyone can register such a name`;
  }
  if (sharedSuffixOf(text) === null || first.length > SHARED_PATTERN_CHARACTERS) return null;
  return `${shown} lies below "${sharedSuffixOf(text)}", which many sites share: it needs ${SHARED_PATTERN_CHARACTERS} characters beside its "*"`;
}
