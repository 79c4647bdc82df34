// Looks up the country and the provider of an address in local databases. No address is sent anywhere or stored.
import maxmind, { type Reader, type Response } from 'maxmind';
import { OperatorError } from '../lib/operator-error.js';
import { MAX_PROVIDER, UNKNOWN_COUNTRY, UNKNOWN_PROVIDER } from './report.js';

/** A database cannot be read. `message` states which one and why. */
export class NetworkDatabaseError extends OperatorError {}

export interface Network {
  /** ISO 3166-1 alpha-2, or UNKNOWN_COUNTRY. */
  readonly country: string;
  /** Number of an autonomous system, or UNKNOWN_PROVIDER. */
  readonly provider: number;
}

/** The fields that the common databases have: MaxMind, DB-IP and IPinfo; IPtoASN and others of its kind. */
type CountryRecord = Response & {
  readonly country?: { readonly iso_code?: unknown } | string;
  readonly country_code?: unknown;
};
type ProviderRecord = Response & { readonly autonomous_system_number?: unknown; readonly asn?: unknown };

export class Networks {
  private constructor(
    private readonly countries: Reader<CountryRecord>,
    private readonly providers: Reader<ProviderRecord>,
  ) {}

  /** Paths of two databases in the MaxMind DB format. Throws NetworkDatabaseError. */
  static async open(paths: { readonly countries: string; readonly providers: string }): Promise<Networks> {
    const [countries, providers] = await Promise.all([
      openDatabase<CountryRecord>('country', paths.countries),
      openDatabase<ProviderRecord>('provider', paths.providers),
    ]);
    return new Networks(countries, providers);
  }

  /**
   * The network of an IPv4 or IPv6 address. An address that no database has is in an unknown network. Throws
   * NetworkDatabaseError.
   */
  of(address: string): Network {
    return {
      country: countryOf(lookUp('country', this.countries, address)),
      provider: providerOf(lookUp('provider', this.providers, address)),
    };
  }
}

async function openDatabase<T extends Response>(what: string, path: string): Promise<Reader<T>> {
  try {
    return await maxmind.open<T>(path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    throw new NetworkDatabaseError(
      `the ${what} database cannot be read (${code ?? 'it is not in the MaxMind DB format'})`,
    );
  }
}

function lookUp<T extends Response>(what: string, database: Reader<T>, address: string): T | null {
  try {
    return database.get(address);
  } catch {
    throw new NetworkDatabaseError(`the ${what} database is damaged`);
  }
}

function countryOf(record: CountryRecord | null): string {
  const { country, country_code } = record ?? {};
  const code = country_code ?? (typeof country === 'object' ? country.iso_code : country);
  return typeof code === 'string' && /^[A-Z]{2}$/.test(code) ? code : UNKNOWN_COUNTRY;
}

function providerOf(record: ProviderRecord | null): number {
  const number = Number(record?.autonomous_system_number ?? String(record?.asn ?? '').replace(/^AS/, ''));
  return Number.isInteger(number) && number > 0 && number <= MAX_PROVIDER ? number : UNKNOWN_PROVIDER;
}
