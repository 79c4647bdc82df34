// All settings, as the reference shows them, and the detection of misspelt names: otherwise a typing error in a name would
// leave the default in force without notice.
import { BOTH } from './known/both.js';
import { DNS_NODE_NETWORK, DNS_NODE_QUERIES } from './known/dns-node.js';
import {
  GATEWAY_MAIL,
  GATEWAY_NETWORK,
  GATEWAY_PRIVACY,
  GATEWAY_STORES,
  GATEWAY_USAGE,
} from './known/gateway.js';
import { COMMAND_LINE, START } from './known/tools.js';

/** The groups of docs/reference/settings.md, which is generated from them. */
export const SETTING_GROUPS = [
  { title: 'Gateway and dns-node', settings: BOTH },
  { title: 'Gateway: network', settings: GATEWAY_NETWORK },
  { title: 'Gateway: stores and secret', settings: GATEWAY_STORES },
  { title: 'Gateway: mail', settings: GATEWAY_MAIL },
  { title: 'Gateway: privacy and accounts', settings: GATEWAY_PRIVACY },
  { title: 'Gateway: usage and devices', settings: GATEWAY_USAGE },
  { title: 'dns-node: network', settings: DNS_NODE_NETWORK },
  { title: 'dns-node: queries', settings: DNS_NODE_QUERIES },
  { title: 'npm start', settings: START },
  { title: 'Command line', settings: COMMAND_LINE },
] as const;

type KeyOfEach<Group> = Group extends { readonly settings: infer Settings } ? keyof Settings : never;
export type SettingName = KeyOfEach<(typeof SETTING_GROUPS)[number]> & string;

/** The settings of all processes, because one environment may hold those of several. */
export const SETTINGS = SETTING_GROUPS.flatMap(({ settings }) => Object.keys(settings)) as SettingName[];

/** Names with these prefixes are meant for this product. */
const FAMILIES = [
  'GATEWAY_',
  'DNS_',
  'METRICS_',
  'SMTP_',
  'MAIL_',
  'MAILBOX_',
  'REDIS_',
  'DATABASE_',
  'USAGE_',
];

/** A name within this edit distance of a setting is treated as a typing error. */
const MOST_MISTAKES = 2;

/** Variables that Kubernetes and Docker set in each container for services with such names. */
const OF_CONTAINERS = /_SERVICE_(?:HOST|PORT)(?:_\w+)?$|_PORT_\d+_(?:TCP|UDP)(?:_\w+)?$/;

/** The errors of names that are no settings, in order. */
export function unknownSettings(env: Readonly<Record<string, string | undefined>>): string[] {
  const known = new Set<string>(SETTINGS);
  return Object.keys(env)
    .filter((name) => !known.has(name) && env[name] !== undefined && !isOfContainer(name, env))
    .sort()
    .flatMap((name) => {
      const meant = nearest(name);
      if (meant !== null) return [`${name} is no setting; did you mean ${meant}?`];
      return FAMILIES.some((family) => name.startsWith(family)) ? [`${name} is no setting`] : [];
    });
}

function isOfContainer(name: string, env: Readonly<Record<string, string | undefined>>): boolean {
  if (OF_CONTAINERS.test(name)) return true;
  return name.endsWith('_PORT') && env[name.replace(/_PORT$/, '_SERVICE_HOST')] !== undefined;
}

/** The setting whose name is meant; null when none is near. Single words are no near names: others use them, too. */
function nearest(name: string): string | null {
  // The name comes from outside, and its length bounds the work.
  if (name.length > 40) return null;
  const near = SETTINGS.filter((each) => each.includes('_'))
    .map((each) => ({ each, mistakes: mistakesBetween(name, each) }))
    .filter(({ mistakes }) => mistakes <= MOST_MISTAKES)
    .sort((one, other) => one.mistakes - other.mistakes);
  return near[0]?.each ?? null;
}

/** The Damerau-Levenshtein distance in which no letter is changed twice (optimal string alignment). */
function mistakesBetween(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let at = 1; at <= one.length; at += 1) {
    const row = [at];
    for (let to = 1; to <= other.length; to += 1) {
      const isSame = one[at - 1] === other[to - 1];
      const swapped = at > 1 && to > 1 && one[at - 1] === other[to - 2] && one[at - 2] === other[to - 1];
      row[to] = Math.min(
        rows[at - 1]![to]! + 1,
        row[to - 1]! + 1,
        rows[at - 1]![to - 1]! + (isSame ? 0 : 1),
        swapped ? rows[at - 2]![to - 2]! + 1 : Number.POSITIVE_INFINITY,
      );
    }
    rows.push(row);
  }
  return rows.at(-1)!.at(-1)!;
}
