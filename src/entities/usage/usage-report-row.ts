// The table `usage_report_row`: what was reported of the days that are still open, in a partition for each day, which is
// dropped whole when the day is closed.
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

const primaryKeyConstraintName = 'usage_report_row_pkey';

@Entity('usage_report_row')
@Check('usage_report_row_account_id_check', `(get_byte(uuid_send(account_id), 6) >> 4) = 4`)
@Check('usage_report_row_report_id_check', `(get_byte(uuid_send(report_id), 6) >> 4) = 8`)
@Check('usage_report_row_day_check', `day BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('usage_report_row_location_check', `location ~ '^[a-z]{2}(-[a-z]+)+$'`)
@Check('usage_report_row_country_check', `country ~ '^[A-Z]{2}$'`)
@Check('usage_report_row_provider_check', `provider BETWEEN 0 AND 16777215`)
@Check('usage_report_row_megabytes_check', `megabytes BETWEEN 0 AND 16777215`)
export class UsageReportRow {
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName })
  accountId!: string;

  @PrimaryColumn({ type: 'uuid', name: 'report_id', primaryKeyConstraintName })
  reportId!: string;

  /** An id of catalogue/locations.json. */
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName })
  location!: string;

  /** From which country (ISO 3166-1 alpha-2; `ZZ`: unknown). */
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName })
  country!: string;

  /** Through which provider: an autonomous system's number (RFC 6793); 0: unknown. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName })
  provider!: number;

  @PrimaryColumn({ type: 'date', primaryKeyConstraintName })
  day!: string;

  /** 1 MB is 1,000,000 bytes. */
  @Column({ type: 'integer' })
  megabytes!: number;

  /** Whether a connection was made on that day. */
  @Column({ type: 'boolean' })
  connected!: boolean;
}
