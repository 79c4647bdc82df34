// The keys that Apple publishes for configuration profiles (https://github.com/apple/device-management, release 26: TopLevel.yaml,
// CommonPayloadKeys.yaml, com.apple.dnsSettings.managed.yaml), as far as a profile of ours may use them.

interface Key {
  readonly type: 'string' | 'integer' | 'boolean' | 'array' | 'dictionary';
  readonly isRequired: boolean;
  /** The only values that are allowed. */
  readonly values?: readonly (string | number)[];
  readonly keys?: Keys;
  readonly items?: Key;
}

type Keys = Readonly<Record<string, Key>>;

const required = (type: Key['type'], more: Partial<Key> = {}): Key => ({ type, isRequired: true, ...more });
const optional = (type: Key['type'], more: Partial<Key> = {}): Key => ({ type, isRequired: false, ...more });
const TEXTS: Partial<Key> = { items: required('string') };

const DNS_SETTINGS: Keys = {
  DNSProtocol: required('string', { values: ['HTTPS', 'TLS'] }),
  ServerURL: optional('string'),
  ServerName: optional('string'),
  ServerAddresses: optional('array', TEXTS),
  AllowFailover: optional('boolean'),
  SupplementalMatchDomains: optional('array', TEXTS),
};

const DNS_PAYLOAD: Keys = {
  PayloadType: required('string', { values: ['com.apple.dnsSettings.managed'] }),
  PayloadVersion: required('integer', { values: [1] }),
  PayloadIdentifier: required('string'),
  PayloadUUID: required('string'),
  PayloadDisplayName: optional('string'),
  PayloadDescription: optional('string'),
  PayloadOrganization: optional('string'),
  DNSSettings: required('dictionary', { keys: DNS_SETTINGS }),
  PayloadCertificateUUID: optional('string'),
};

const PROFILE: Keys = {
  PayloadType: required('string', { values: ['Configuration'] }),
  PayloadVersion: required('integer', { values: [1] }),
  PayloadIdentifier: required('string'),
  PayloadUUID: required('string'),
  PayloadDisplayName: optional('string'),
  PayloadDescription: optional('string'),
  PayloadOrganization: optional('string'),
  PayloadContent: required('array', { items: required('dictionary', { keys: DNS_PAYLOAD }) }),
};

/** What Apple's systems would refuse in a profile: places with what is wrong. */
export function profileErrors(profile: unknown): string[] {
  return errorsAt('profile', profile, required('dictionary', { keys: PROFILE }));
}

function errorsAt(place: string, value: unknown, { type, values, keys, items }: Key): string[] {
  if (typeOf(value) !== type) return [`${place}: is a ${typeOf(value)}, not a ${type}`];
  const errors = values && !values.includes(value as string) ? [`${place}: is none of ${values}`] : [];
  if (items) {
    errors.push(...(value as unknown[]).flatMap((each, at) => errorsAt(`${place}[${at}]`, each, items)));
  }
  if (keys === undefined) return errors;
  const fields = value as Record<string, unknown>;
  for (const [name, key] of Object.entries(keys)) {
    if (name in fields) errors.push(...errorsAt(`${place}.${name}`, fields[name], key));
    else if (key.isRequired) errors.push(`${place}.${name}: is missing`);
  }
  const unknown = Object.keys(fields).filter((name) => !(name in keys));
  return [...errors, ...unknown.map((name) => `${place}.${name}: is no key of Apple's`)];
}

function typeOf(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number') return Number.isInteger(value) ? 'integer' : 'real';
  return typeof value === 'object' ? 'dictionary' : typeof value;
}
