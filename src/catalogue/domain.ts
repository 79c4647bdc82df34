// Which names a catalogue may contain: host names in the form in which the edge compares them.
import { domainToUnicode } from 'node:url';

/** Lower-case letters, digits and inner hyphens, 63 at most (RFC 1123 section 2.1, RFC 1035 section 2.3.4). */
const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';

/** The rules of `domainError`, as far as a pattern can express them; for editors. */
export const DOMAIN_PATTERN = `^(?=.{1,253}$)${LABEL}(?:\\.${LABEL})+$`;

/** The rules of `patternError`, likewise. */
export const PATTERN_PATTERN = `^(?=.{1,253}$)(?=[^.]*[^.*][^.]*\\.)[a-z0-9-]*\\*[a-z0-9-]*(?:\\.${LABEL}){2,}$`;

/** Registries' own suffixes below a country's: `co.uk`, `com.au`. */
const REGISTRY_SUFFIX = /^(?:ac|co|com|edu|gob|gov|go|mil|ne|net|nom|or|org)\.[a-z]{2}$/;

/** Platforms that carry countless sites: relaying one of these would relay them all. */
const SHARED_DOMAINS: ReadonlySet<string> = new Set([
  'akamai.net',
  'akamaiedge.net',
  'akamaihd.net',
  'akamaized.net',
  'amazonaws.com',
  'azureedge.net',
  'azurewebsites.net',
  'cloudfront.net',
  'edgekey.net',
  'edgesuite.net',
  'fastly.net',
  'fastlylb.net',
  'footprint.net',
  'googleapis.com',
  'gstatic.com',
  'herokuapp.com',
  'llnwd.net',
  'windows.net',
]);

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
  if (REGISTRY_SUFFIX.test(text)) return `${shown} is a registry's suffix, not one service's domain`;
  if (SHARED_DOMAINS.has(text)) return `${shown} is shared by many sites, not one service's domain`;
  return null;
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
  return domainError(shortest)?.replace(JSON.stringify(shortest), shown) ?? null;
}
