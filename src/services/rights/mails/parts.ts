// What the mails about rights requests are loaded with, and what they have in common.
import type { DataSource } from 'typeorm';
import type { OwnerLookup } from '../../../mail/mail.js';
import type { PortalLink } from '../../../mail/portal-link.js';
import type { Keyring } from '../../../secrets/keyring.js';
import type { Authorities } from '../../policy/authorities.js';
import type { PrivacyLaws } from '../../policy/laws.js';

export interface RightsMailParts {
  readonly database: Pick<DataSource, 'query'>;
  readonly keyring: Pick<Keyring, 'open'>;
  readonly ownerOf: OwnerLookup;
  readonly link: PortalLink;
  /** Without a slash at its end. */
  readonly portalUrl: string;
  /** The e-mail address of the data protection officer. */
  readonly dpo: string;
  readonly authorities: Authorities;
  readonly laws: PrivacyLaws;
}

/** What is sealed for the request of this id; null when there is nothing. */
export function opened(
  { keyring }: Pick<RightsMailParts, 'keyring'>,
  sealed: string | null,
  id: string,
): string | null {
  return sealed === null ? null : keyring.open('rights-request', sealed, id);
}

/** The address of the agent of a request; null when it has none, or the agent has not (or has) confirmed it. */
export async function agentAddress(
  parts: Pick<RightsMailParts, 'database' | 'keyring'>,
  id: string,
  confirmed: boolean,
): Promise<string | null> {
  const [agent] = await parts.database.query<{ sealed: string }[]>(
    `SELECT sealed_contact AS sealed FROM rights_request_agent
     WHERE request_id = $1 AND confirmed = $2 AND drp_agent_id IS NULL`,
    [id, confirmed],
  );
  return JSON.parse(opened(parts, agent?.sealed ?? null, id) ?? '{}').email ?? null;
}
