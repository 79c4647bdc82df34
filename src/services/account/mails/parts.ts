// What the mails about accounts are loaded with.
import type { DataSource } from 'typeorm';
import type { OwnerLookup } from '../../../mail/mail.js';

export interface AccountMailParts {
  readonly database: Pick<DataSource, 'query'>;
  readonly ownerOf: OwnerLookup;
  /** An e-mail address that people can write to. */
  readonly contact: string;
}
