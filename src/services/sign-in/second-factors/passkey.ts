// Passkeys: registered by their owner, and shown as a second factor or, verified by the authenticator, as both factors.
import { randomUUID } from 'node:crypto';
import type {
  PublicKeyCredentialCreationOptionsJSON,
  PublicKeyCredentialRequestOptionsJSON,
} from '@simplewebauthn/server';
import type { DataSource, EntityManager } from 'typeorm';
import { labelError } from '../../../input/listing.js';
import { done, type Outcome, refused, type UserErrorCode } from '../../../input/user-error.js';
import type { ActingSession } from '../credentials.js';
import type { Assertion, Credential, RelyingParty } from './relying-party.js';
import type { Added, SecondFactorChanges } from './second-factor-changes.js';

/** The most passkeys that an account may have. */
const PASSKEY_LIMIT = 10;

export interface PasskeyView {
  readonly id: string;
  readonly label: string;
  readonly backedUp: boolean;
}

interface Stored extends Credential {
  readonly id: string;
  readonly accountId: string;
}

/** Outcomes are null when the account is gone. */
export class PasskeyService {
  constructor(
    private readonly database: DataSource,
    private readonly relyingParty: RelyingParty,
    private readonly changes: SecondFactorChanges,
  ) {}

  /** What a browser asks an authenticator for. */
  async startRegistration(
    accountId: string,
  ): Promise<Outcome<PublicKeyCredentialCreationOptionsJSON> | null> {
    const [account] = await this.database.query<{ email: string; known: string[] }[]>(
      `SELECT email, ARRAY(SELECT credential_id FROM passkey WHERE account_id = $1) AS known
       FROM account WHERE id = $1`,
      [accountId],
    );
    if (account === undefined) return null;
    const { email, known } = account;
    if (known.length >= PASSKEY_LIMIT) return refusal('PASSKEY_LIMIT_REACHED');
    return done(await this.relyingParty.registrationOptions({ id: accountId, email }, known));
  }

  /** `response`: a RegistrationResponseJSON. */
  async register(
    session: ActingSession,
    input: { label: string; response: unknown },
  ): Promise<Outcome<Added<PasskeyView>> | null> {
    const { accountId } = session;
    const label = input.label.trim();
    const userError = labelError(label, 'label');
    if (userError !== null) return refused(userError);
    const credential = await this.relyingParty.register(accountId, input.response);
    if (credential === null) return refusal('PASSKEY_REFUSED', 'response');
    const passkey = { id: randomUUID(), label, backedUp: credential.backedUp };
    return this.changes.add(session, 'passkey-added', (manager) =>
      insert(manager, accountId, passkey, credential),
    );
  }

  /** `password`: needed when no other second factor is left. */
  async remove(session: ActingSession, id: string, password: string | null): Promise<Outcome<null> | null> {
    return this.changes.remove(session, password, 'passkey-removed', async (manager) => {
      const [, removed] = await manager.query<[unknown[], number]>(
        'DELETE FROM passkey WHERE account_id = $1 AND id::text = $2',
        [session.accountId, id],
      );
      return removed === 1 ? done(null) : refusal('PASSKEY_UNKNOWN', 'id');
    });
  }

  /** What a browser asks an authenticator for, for any person. */
  startAssertion(): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return this.relyingParty.assertionOptions();
  }

  /** The account whose passkey the assertion shows, or null. `response`: an AuthenticationResponseJSON. */
  async identify(response: unknown): Promise<string | null> {
    const assertion = this.relyingParty.parseAssertion(response);
    const stored = assertion && (await this.find(assertion.id));
    return assertion && stored && (await this.accepts(assertion, stored)) ? stored.accountId : null;
  }

  /** Whether the assertion shows a passkey of the account. */
  async verify(accountId: string, response: unknown): Promise<boolean> {
    const assertion = this.relyingParty.parseAssertion(response);
    const stored = assertion && (await this.find(assertion.id));
    return assertion !== null && stored?.accountId === accountId && this.accepts(assertion, stored);
  }

  /** Sorted by label. */
  async list(accountId: string): Promise<PasskeyView[]> {
    return this.database.query<PasskeyView[]>(
      `SELECT id, label, backed_up AS "backedUp" FROM passkey WHERE account_id = $1 ORDER BY label, id`,
      [accountId],
    );
  }

  private async accepts(assertion: Assertion, stored: Stored): Promise<boolean> {
    const now = await this.relyingParty.assert(assertion, stored);
    if (now === null) return false;
    // A passkey that counts nothing leaves no trace of its use.
    if (now.counter === stored.counter && now.backedUp === stored.backedUp) return true;
    // Of two assertions with one counter, from an authenticator and its copy, only the first is accepted.
    const [, updated] = await this.database.query<[unknown[], number]>(
      `UPDATE passkey SET counter = $2::text, backed_up = $3
       WHERE id = $1 AND (counter::bigint < $2::text::bigint OR (counter = '0' AND $2::text = '0'))`,
      [stored.id, String(now.counter), now.backedUp],
    );
    return updated === 1;
  }

  private async find(credentialId: string): Promise<Stored | null> {
    const [row] = await this.database.query<(Omit<Stored, 'counter'> & { counter: string })[]>(
      `SELECT id, account_id AS "accountId", credential_id AS "credentialId", public_key AS "publicKey", counter,
         backed_up AS "backedUp"
       FROM passkey WHERE credential_id = $1`,
      [credentialId],
    );
    return row === undefined ? null : { ...row, counter: Number(row.counter) };
  }
}

async function insert(
  manager: EntityManager,
  accountId: string,
  passkey: PasskeyView,
  { credentialId, publicKey, counter }: Credential,
): Promise<Outcome<PasskeyView>> {
  const [{ count }] = await manager.query<[{ count: number }]>(
    'SELECT count(*)::integer AS count FROM passkey WHERE account_id = $1',
    [accountId],
  );
  if (count >= PASSKEY_LIMIT) return refusal('PASSKEY_LIMIT_REACHED');
  const inserted = await manager.query<unknown[]>(
    `INSERT INTO passkey (id, account_id, credential_id, public_key, counter, label, backed_up)
     VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (credential_id) DO NOTHING RETURNING id`,
    [passkey.id, accountId, credentialId, publicKey, String(counter), passkey.label, passkey.backedUp],
  );
  // Section 7.1: a credential belongs to one account for good.
  return inserted.length === 1 ? done(passkey) : refusal('PASSKEY_REFUSED', 'response');
}

function refusal(code: UserErrorCode, field: string | null = null) {
  return refused({ field, code });
}
