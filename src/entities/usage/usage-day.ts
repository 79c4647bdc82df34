// The table `usage_day`: what is kept of the days that are closed, in a partition for each month, which is dropped whole
// when the month is too old. Nothing in it says which node reported, in which report, or in which order.
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

const primaryKeyConstraintName = 'usage_day_pkey';

@Entity('usage_day')
@Check('usage_day_account_id_check', `(get_byte(uuid_send(account_id), 6) >> 4) = 4`)
@Check('usage_day_day_check', `day BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('usage_day_location_check', `location ~ '^[a-z]{2}(-[a-z]+)+$'`)
@Check('usage_day_country_check', `country ~ '^[A-Z]{2}$'`)
@Check('usage_day_provider_check', `provider BETWEEN 0 AND 16777215`)
@Check('usage_day_megabytes_check', `megabytes BETWEEN 0 AND 16777215`)
export class UsageDay {
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName })
  accountId!: string;

  @PrimaryColumn({ type: 'date', primaryKeyConstraintName })
  day!: string;

  /** An id of catalogue/locations.json. */
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName })
  location!: string;

  /** From which country (ISO 3166-1 alpha-2; `ZZ`: unknown). */
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName })
  country!: string;

  /** Through which provider: an autonomous system's number (RFC 6793); 0: unknown. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName })
  provider!: number;

  /** 1 MB is 1,000,000 bytes. */
  @Column({ type: 'integer' })
  megabytes!: number;

  /** Whether a connection was made on that day. */
  @Column({ type: 'boolean' })
  connected!: boolean;
}
