// The table `app_version`: which apps and versions an account has activated, and not when.
import { Check, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { Account } from '../account/account.js';

const primaryKeyConstraintName = 'app_version_pkey';

@Entity('app_version')
@Check('app_version_platform_check', `platform ~ '^[a-z]+(-[a-z]+)*$'`)
@Check(
  'app_version_version_check',
  `version ~ '^[0-9]{1,4}([.][0-9]{1,5}){0,2}(-(alpha|beta|rc)([.][0-9]{1,3})?)?$'`,
)
export class AppVersion {
  @ForeignKey(() => Account, { onDelete: 'CASCADE', name: 'app_version_account_id_fkey' })
  @PrimaryColumn({ type: 'uuid', name: 'account_id', primaryKeyConstraintName })
  accountId!: string;

  /** Such as `windows` or `apple-tv`. */
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName })
  platform!: string;

  /** Up to three numbers, and what kind of preview it is: `12.4.1`, `13.0.0-beta.2`. Four could be an address. */
  @PrimaryColumn({ type: 'text', collation: 'C', primaryKeyConstraintName })
  version!: string;
}
