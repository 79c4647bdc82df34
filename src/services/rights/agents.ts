// Who asks for somebody else: an agent known by an e-mail address, which it confirms by a link before anybody is written to for
// it, or one that speaks the Data Rights Protocol, which has signed.

import type { EntityManager } from 'typeorm';
import { parseEmail } from '../../input/email.js';
import { requiredNameError } from '../../input/names.js';
import { written } from '../../input/text.js';
import type { UserError } from '../../input/user-error.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import { rightsAgentLinkMail } from './mails/rights-agent-link.js';

const MAX_LINKS = 3;

/** An agent's name as mails show it, and its e-mail address. */
export interface MailAgent {
  readonly name: string;
  readonly email: string;
}

export type Agent =
  | MailAgent
  | {
      readonly drpAgentId: string;
      readonly agentRequestId: string | null;
      readonly statusCallback: string | null;
    };

/** The agent that asks for a person. */
export interface AskingAgent {
  /** Null when a registered agent is not in the register any more. */
  readonly name: string | null;
  /** Null for a registered agent. */
  readonly email: string | null;
  /** The web site of a registered agent. */
  readonly webUrl: string | null;
  /** Whether the address is the agent's own, as a link to it has shown; of a registered agent always. */
  readonly confirmed: boolean;
}

interface Row {
  readonly sealed: string;
  readonly drpAgentId: string | null;
  readonly name: string | null;
  readonly webUrl: string | null;
  readonly confirmed: boolean;
}

export function isMailAgent(agent: Agent | null): agent is MailAgent {
  return agent !== null && 'name' in agent;
}

/** `name` in the form in which it is kept. */
export function tidiedAgent(agent: MailAgent): MailAgent {
  return { name: agent.name.trim().normalize('NFC'), email: parseEmail(agent.email) ?? '' };
}

export function agentErrors({ name, email }: MailAgent): (UserError | null)[] {
  return [
    requiredNameError(written(name), 'agent.name'),
    email === '' ? { field: 'agent.email', code: 'INVALID_EMAIL' } : null,
  ];
}

export class RequestAgents {
  constructor(private readonly parts: { readonly keyring: Keyring; readonly outbox: Outbox }) {}

  /** `mail`: whether the agent is sent its first link. */
  async write(manager: EntityManager, requestId: string, agent: Agent, mail: boolean): Promise<void> {
    const drpAgentId = isMailAgent(agent) ? null : agent.drpAgentId;
    await manager.query(
      `INSERT INTO rights_request_agent (request_id, drp_agent_id, sealed_contact, confirmed)
       VALUES ($1, $2, $3, $4)`,
      [
        requestId,
        drpAgentId,
        this.parts.keyring.seal('rights-request', JSON.stringify(agent), requestId),
        drpAgentId !== null,
      ],
    );
    if (isMailAgent(agent)) await this.sendLink(manager, requestId, mail);
  }

  /** Null when the person asks themselves, or nobody knows any more who did. */
  async find(manager: Pick<EntityManager, 'query'>, requestId: string): Promise<AskingAgent | null> {
    const [row] = await manager.query<Row[]>(
      `SELECT sealed_contact AS sealed, drp_agent_id AS "drpAgentId", drp_agent.name, web_url AS "webUrl", confirmed
       FROM rights_request_agent LEFT JOIN drp_agent ON drp_agent.id = drp_agent_id WHERE request_id = $1`,
      [requestId],
    );
    if (row === undefined) return null;
    const contact = JSON.parse(this.parts.keyring.open('rights-request', row.sealed, requestId) ?? '{}');
    const { name, webUrl, confirmed } = row;
    return { name: name ?? contact.name ?? null, email: contact.email ?? null, webUrl, confirmed };
  }

  /** Counts another link to the agent's own address, and mails it when `mail`; false when there have been three. */
  async sendLink(manager: EntityManager, requestId: string, mail: boolean): Promise<boolean> {
    const [, count] = await manager.query<[unknown, number]>(
      `UPDATE rights_request_agent SET links_sent = links_sent + 1
       WHERE request_id = $1 AND NOT confirmed AND links_sent < $2`,
      [requestId, MAX_LINKS],
    );
    if (count === 0) return false;
    if (mail) await this.parts.outbox.put(manager, rightsAgentLinkMail, { requestId });
    return true;
  }

  /** False when there is nothing to confirm (any more). */
  async confirm(manager: EntityManager, requestId: string): Promise<boolean> {
    const [, count] = await manager.query<[unknown, number]>(
      'UPDATE rights_request_agent SET confirmed = true WHERE request_id = $1 AND NOT confirmed',
      [requestId],
    );
    return count > 0;
  }
}
