// The register of authorised agents that speak the Data Rights Protocol 1.0, whose keys all trust in their messages rests on
// (section 3.05.1). Its tokens are stored nowhere: each names its agent and how many tokens that one had been given.
import sodium from 'libsodium-wrappers';
import type { DataSource, EntityManager } from 'typeorm';
import { isUserError } from '../../../input/listing.js';
import { requiredNameError } from '../../../input/names.js';
import { written } from '../../../input/text.js';
import { done, type Outcome, refused, type UserError } from '../../../input/user-error.js';
import type { Keyring } from '../../../secrets/keyring.js';
import { addressIn, isPublicAddress } from './drp-call.js';

const ID = /^[A-Z0-9_]{1,64}$/;
const KEY = /^[A-Za-z0-9+/]{43}=$/;

export interface DrpAgentView {
  readonly id: string;
  readonly name: string;
  /** Ed25519 public key, in base64. */
  readonly verifyKey: string;
  readonly webUrl: string;
  /** The only origin that is notified of changes; null: none. */
  readonly callbackOrigin: string | null;
}

const COLUMNS =
  'id, name, verify_key AS "verifyKey", web_url AS "webUrl", callback_origin AS "callbackOrigin"';

export class DrpAgents {
  /** `production`: callbacks go over TLS alone. `allowPrivateAddresses`: for development and tests. */
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly keyring: Keyring;
      readonly production: boolean;
      readonly allowPrivateAddresses: boolean;
    },
  ) {}

  /** All of them, by id. */
  all(): Promise<DrpAgentView[]> {
    return this.parts.database.query<DrpAgentView[]>(`SELECT ${COLUMNS} FROM drp_agent ORDER BY id`);
  }

  async find(id: string): Promise<DrpAgentView | null> {
    if (!ID.test(id)) return null;
    const [agent] = await this.parts.database.query<DrpAgentView[]>(
      `SELECT ${COLUMNS} FROM drp_agent WHERE id = $1`,
      [id],
    );
    return agent ?? null;
  }

  async add(agent: DrpAgentView): Promise<Outcome<DrpAgentView>> {
    const { id, verifyKey, webUrl, callbackOrigin } = agent;
    const name = written(agent.name);
    const userErrors: UserError[] = [
      ID.test(id) ? null : ({ field: 'id', code: 'INVALID_AGENT_ID' } as const),
      requiredNameError(name, 'name'),
      KEY.test(verifyKey) ? null : ({ field: 'verifyKey', code: 'INVALID_VERIFY_KEY' } as const),
      originOf(webUrl, true) === null ? ({ field: 'webUrl', code: 'INVALID_URL' } as const) : null,
      callbackOrigin !== null && !this.mayBeCalled(callbackOrigin)
        ? ({ field: 'callbackOrigin', code: 'INVALID_URL' } as const)
        : null,
    ].filter(isUserError);
    if (userErrors.length > 0) return refused(...userErrors);
    const [added] = await this.parts.database.query<DrpAgentView[]>(
      `INSERT INTO drp_agent (id, name, verify_key, web_url, callback_origin) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (id) DO NOTHING RETURNING ${COLUMNS}`,
      [id, name, verifyKey, webUrl, callbackOrigin],
    );
    return added === undefined ? refused({ field: 'id', code: 'AGENT_ID_TAKEN' }) : done(added);
  }

  /** Its tokens no longer work. False when there is no such agent. */
  async remove(id: string): Promise<boolean> {
    if (!ID.test(id)) return false;
    const [, count] = await this.parts.database.query<[unknown, number]>(
      'DELETE FROM drp_agent WHERE id = $1',
      [id],
    );
    return count > 0;
  }

  /** Another token; the one before no longer works. */
  async newToken(manager: Pick<EntityManager, 'query'>, id: string): Promise<string> {
    const [[row]] = await manager.query<[{ version: number }[], number]>(
      'UPDATE drp_agent SET token_version = token_version + 1 WHERE id = $1 RETURNING token_version AS version',
      [id],
    );
    return this.parts.keyring.seal('drp-agent-token', `${id} ${row?.version ?? 0}`);
  }

  /** Whose token it is; null when it is nobody's (any more). */
  async ofToken(token: string): Promise<DrpAgentView | null> {
    const [id, version] = this.parts.keyring.open('drp-agent-token', token)?.split(' ') ?? [];
    if (id === undefined) return null;
    const [agent] = await this.parts.database.query<DrpAgentView[]>(
      `SELECT ${COLUMNS} FROM drp_agent WHERE id = $1 AND token_version = $2`,
      [id, version],
    );
    return agent ?? null;
  }

  /** A name is resolved when it is called; an address, and this machine's own name, show already where they lead. */
  private mayBeCalled(callbackOrigin: string): boolean {
    const { production, allowPrivateAddresses } = this.parts;
    if (originOf(callbackOrigin, production) !== callbackOrigin) return false;
    if (allowPrivateAddresses) return true;
    const url = new URL(callbackOrigin);
    const address = addressIn(url);
    return address === null ? !/(^|\.)localhost\.?$/.test(url.hostname) : isPublicAddress(address);
  }
}

/** What an agent has signed, in libsodium's combined mode and base64 (section 3.07.1); null when it has not. */
export async function signedBy(agent: DrpAgentView, body: string): Promise<Record<string, unknown> | null> {
  await sodium.ready;
  try {
    const key = Buffer.from(agent.verifyKey, 'base64');
    const message = sodium.crypto_sign_open(Buffer.from(body.trim(), 'base64'), key);
    const value: unknown = JSON.parse(Buffer.from(message).toString());
    return typeof value === 'object' && value !== null ? { ...value } : null;
  } catch {
    return null;
  }
}

/** Null when it is no URL over TLS; without `strictly`, one on this machine may do without. */
function originOf(url: string, strictly: boolean): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, hostname, origin } = new URL(url);
  const local = !strictly && protocol === 'http:' && ['localhost', '127.0.0.1'].includes(hostname);
  return protocol === 'https:' || local ? origin : null;
}
