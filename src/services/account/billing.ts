// What stands on an account's invoices. How it pays is the payment processor's business: only its reference is kept.
import type { DataSource } from 'typeorm';
import { isUserError } from '../../input/listing.js';
import { REFERENCE } from '../../input/reference.js';
import { requiredTextError, textError, written } from '../../input/text.js';
import { done, type Outcome, refused, type UserError } from '../../input/user-error.js';
import type { AgeService } from './age.js';
import { countryCode, countryError } from './profile.js';

const MAX_LINE_CHARACTERS = 100;
const MAX_POSTAL_CODE_CHARACTERS = 20;

/** The longest in use have 15 characters; those of the European Union begin with the country (Directive 2006/112/EC). */
const TAX_NUMBER = /^[A-Z0-9]{4,20}$/;

/** A whole one: what is left out is none. */
export interface BillingInput {
  readonly name: string;
  readonly addressLine1: string;
  readonly addressLine2?: string | null;
  readonly postalCode?: string | null;
  readonly city: string;
  readonly region?: string | null;
  readonly country: string;
  readonly taxNumber?: string | null;
  readonly paymentReference?: string | null;
}

export interface BillingView {
  readonly name: string;
  readonly addressLine1: string;
  readonly addressLine2: string | null;
  readonly postalCode: string | null;
  readonly city: string;
  readonly region: string | null;
  /** ISO 3166-1 alpha-2. */
  readonly country: string;
  readonly taxNumber: string | null;
  readonly paymentReference: string | null;
  /** How often it has been written. */
  readonly version: number;
}

const COLUMNS = `name, address_line1 AS "addressLine1", address_line2 AS "addressLine2", postal_code AS "postalCode",
  city, region, country, tax_number AS "taxNumber", payment_reference AS "paymentReference", version`;

export class BillingService {
  constructor(
    private readonly database: DataSource,
    private readonly ages: AgeService,
  ) {}

  async find(accountId: string): Promise<BillingView | null> {
    const [row] = await this.database.query<BillingView[]>(
      `SELECT ${COLUMNS} FROM billing_profile WHERE account_id = $1`,
      [accountId],
    );
    return row ?? null;
  }

  /** `version`: that of the profile as the writer read it, 0 for none; when it has another by now: CONFLICT. */
  async update(accountId: string, version: number, input: BillingInput): Promise<Outcome<BillingView>> {
    const profile = tidied(input);
    const userErrors = this.userErrorsOf(profile);
    if (userErrors.length > 0) return refused(...userErrors);
    const row = await this.write(accountId, version, profile);
    return row === null ? refused({ field: 'version', code: 'CONFLICT' }) : done(row);
  }

  /** Null when the version is not the one that is kept. */
  private async write(accountId: string, version: number, profile: Tidied): Promise<BillingView | null> {
    const values = [
      accountId,
      version,
      profile.name,
      profile.addressLine1,
      profile.addressLine2,
      profile.postalCode,
      profile.city,
      profile.region,
      profile.country,
      profile.taxNumber,
      profile.paymentReference,
    ];
    if (version === 0) {
      const [inserted] = await this.database.query<BillingView[]>(
        `INSERT INTO billing_profile (account_id, version, name, address_line1, address_line2, postal_code, city, region,
           country, tax_number, payment_reference)
         VALUES ($1, $2 + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11)
         ON CONFLICT (account_id) DO NOTHING RETURNING ${COLUMNS}`,
        values,
      );
      return inserted ?? null;
    }
    const [[updated]] = await this.database.query<[BillingView[], number]>(
      `UPDATE billing_profile SET (version, name, address_line1, address_line2, postal_code, city, region, country,
         tax_number, payment_reference) = (version + 1, $3, $4, $5, $6, $7, $8, $9, $10, $11)
       WHERE account_id = $1 AND version = $2 RETURNING ${COLUMNS}`,
      values,
    );
    return updated ?? null;
  }

  private userErrorsOf(profile: Tidied): UserError[] {
    const { taxNumber, paymentReference } = profile;
    return [
      requiredTextError(profile.name, 'name', MAX_LINE_CHARACTERS),
      requiredTextError(profile.addressLine1, 'addressLine1', MAX_LINE_CHARACTERS),
      textError(profile.addressLine2, 'addressLine2', MAX_LINE_CHARACTERS),
      textError(profile.postalCode, 'postalCode', MAX_POSTAL_CODE_CHARACTERS),
      requiredTextError(profile.city, 'city', MAX_LINE_CHARACTERS),
      textError(profile.region, 'region', MAX_LINE_CHARACTERS),
      countryError(this.ages, profile.country),
      patternError(taxNumber, 'taxNumber', TAX_NUMBER, 'INVALID_TAX_NUMBER'),
      patternError(paymentReference, 'paymentReference', REFERENCE, 'INVALID_REFERENCE'),
    ].filter(isUserError);
  }
}

/** What must be there may still be missing. */
type Tidied = { readonly [Field in Exclude<keyof BillingView, 'version' | 'country'>]: string | null } & {
  readonly country: string;
};

function tidied(input: BillingInput): Tidied {
  return {
    name: written(input.name),
    addressLine1: written(input.addressLine1),
    addressLine2: written(input.addressLine2),
    postalCode: written(input.postalCode),
    city: written(input.city),
    region: written(input.region),
    country: countryCode(input.country),
    // People write it in groups, as it is printed.
    taxNumber: written(input.taxNumber?.replace(/[\s./-]/g, '').toUpperCase()),
    paymentReference: written(input.paymentReference),
  };
}

function patternError(
  text: string | null,
  field: string,
  pattern: RegExp,
  code: 'INVALID_TAX_NUMBER' | 'INVALID_REFERENCE',
): UserError | null {
  if (text === null) return null;
  return pattern.test(text) ? textError(text, field, text.length) : { field, code };
}
