// Which names in an environment are settings of ours, and which look like one without being any: a typing error in a name would
// leave the default in force without a word.

/** Of all processes: an environment may hold those of several. README lists them, and a test holds both together. */
export const SETTINGS = [
  'ALLOW_PRIVATE_ADDRESSES',
  'BREACHED_PASSWORDS',
  'CATALOGUE',
  'CONTACT_EMAIL',
  'CORS_ORIGINS',
  'DATABASE_URL',
  'DNS_BALANCERS',
  'DNS_CANARIES',
  'DNS_COOKIE_SECRETS',
  'DNS_FORWARD_RATE',
  'DNS_HOST',
  'DNS_HTTPS_PORT',
  'DNS_MAX_STALE',
  'DNS_METRICS_PORT',
  'DNS_PORT',
  'DNS_PROVE_SOURCE',
  'DNS_SERVERS',
  'DNS_TLS_CERT',
  'DNS_TLS_KEY',
  'DNS_TLS_PORT',
  'DNS_UPSTREAMS',
  'DNS_UPSTREAM_CA',
  'DNS_WORKERS',
  'DPO_EMAIL',
  'DRP_BUSINESS_ID',
  'GATEWAY_HOST',
  'GATEWAY_METRICS_PORT',
  'GATEWAY_PORT',
  'HEAVY_USAGE_ACCOUNTS',
  'IDLE_MONTHS',
  'MAILBOX_PORT',
  'MAILBOX_SMTP_PORT',
  'MAIL_FROM',
  'METRICS_HOST',
  'NODE_ENV',
  'OPEN_OPERATIONS',
  'OPERATIONS',
  'POLICY',
  'PORTAL_URL',
  'POSTAL_ADDRESS',
  'PUBLIC_URL',
  'REDIS_EPHEMERAL_URL',
  'REDIS_URL',
  'REGIONS',
  'REQUEST_SECONDS',
  'SECRET_KEY',
  'SMTP_URL',
  'STOP_DELAY',
  'TRUSTED_PROXIES',
  'USAGE_MONTHS',
  'USAGE_OPEN_DAYS',
  'VPN_NODE_TOKEN',
] as const;

/** What begins like this is meant for this product. */
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

/** So many letters added, left out, changed or swapped with a neighbour make a name that is taken for a typing error. */
const MOST_MISTAKES = 2;

/** What Kubernetes and Docker set in each container for services of such names. */
const OF_CONTAINERS = /_SERVICE_(?:HOST|PORT)(?:_\w+)?$|_PORT_\d+_(?:TCP|UDP)(?:_\w+)?$/;

/** Faults of names that are no settings, in their order. */
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
