// The columns and checks that the two tables of usage share: what is reported of an account, and what is kept of it.
import { Check, Column, PrimaryColumn } from 'typeorm';

/** The checks of the shared columns, under the names that they have in the table. */
export function checkedUsage(table: string): ClassDecorator {
  const checks = {
    account_id: '(get_byte(uuid_send(account_id), 6) >> 4) = 4',
    day: `day BETWEEN '2000-01-01' AND '2999-12-31'`,
    location: `location ~ '^[a-z]{2}(-[a-z]+)+$'`,
    country: `country ~ '^[A-Z]{2}$'`,
    provider: 'provider BETWEEN 0 AND 16777215',
    megabytes: 'megabytes BETWEEN 0 AND 16777215',
  };
  return (entity) => {
    for (const [column, check] of Object.entries(checks)) Check(`${table}_${column}_check`, check)(entity);
  };
}

/** The shared columns of the table. All but the last two are part of its primary key. */
export function usageColumns(table: string) {
  const primaryKeyConstraintName = `${table}_pkey`;

  abstract class UsageColumns {
    @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName })
    accountId!: string;

    @PrimaryColumn({ type: 'date', primaryKeyConstraintName })
    day!: string;

    /** An id of catalogue/locations.json. */
    @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName })
    location!: string;

    /** The country from which the account connected (ISO 3166-1 alpha-2; `ZZ`: unknown). */
    @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName })
    country!: string;

    /** The provider's autonomous system number (RFC 6793); 0: unknown. */
    @PrimaryColumn({ type: 'integer', primaryKeyConstraintName })
    provider!: number;

    /** 1 MB is 1,000,000 bytes. */
    @Column({ type: 'integer' })
    megabytes!: number;

    /** Whether the account connected on that day. */
    @Column({ type: 'boolean' })
    connected!: boolean;
  }

  return UsageColumns;
}
