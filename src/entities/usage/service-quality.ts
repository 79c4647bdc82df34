// The table `service_quality`: on how many accounts a location failed on a closed day, by provider. It distinguishes nobody:
// what fewer than 20 accounts have in common is not stored, and every number is a multiple of 20, rounded down.
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

const primaryKeyConstraintName = 'service_quality_pkey';

@Entity('service_quality')
@Check('service_quality_day_check', `day BETWEEN '2000-01-01' AND '2999-12-31'`)
@Check('service_quality_location_check', `location ~ '^[a-z]{2}(-[a-z]+)+$'`)
@Check('service_quality_provider_check', `provider BETWEEN 0 AND 16777215`)
@Check('service_quality_accounts_check', `accounts BETWEEN 20 AND 16777215 AND accounts % 20 = 0`)
@Check('service_quality_failed_check', `failed BETWEEN 0 AND 16777215 AND failed % 20 = 0`)
export class ServiceQuality {
  @PrimaryColumn({ type: 'date', primaryKeyConstraintName })
  day!: string;

  /** An id of catalogue/locations.json. */
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName })
  location!: string;

  /** An autonomous system's number; 0: unknown. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName })
  provider!: number;

  /** Accounts that connected or tried to. */
  @Column({ type: 'integer' })
  accounts!: number;

  /** Those of them that could not connect on that day. */
  @Column({ type: 'integer' })
  failed!: number;
}
