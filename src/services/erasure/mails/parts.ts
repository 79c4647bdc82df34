// What the mails about erasure are loaded with.
import type { DataSource } from 'typeorm';
import type { OwnerLookup } from '../../../mail/mail.js';
import type { ProcessorRegister } from '../../policy/processors.js';

export interface ErasureMailParts {
  readonly database: Pick<DataSource, 'query'>;
  readonly ownerOf: OwnerLookup;
  /** Without a slash at its end. */
  readonly portalUrl: string;
  /** An e-mail address that people can write to. */
  readonly contact: string;
  /** The e-mail address of the data protection officer. */
  readonly dpo: string;
  readonly processors: Pick<ProcessorRegister, 'processors'>;
}
