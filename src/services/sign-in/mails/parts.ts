// What the mails about signing in are loaded with.
import type { DataSource } from 'typeorm';
import type { OwnerLookup } from '../../../mail/mail.js';
import type { PortalLink } from '../../../mail/portal-link.js';

export interface SignInMailParts {
  readonly database: Pick<DataSource, 'query'>;
  readonly ownerOf: OwnerLookup;
  readonly link: PortalLink;
  /** Without a slash at its end. */
  readonly portalUrl: string;
  /** An e-mail address that people can write to. */
  readonly contact: string;
}
