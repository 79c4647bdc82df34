// Authenticator apps as a second factor: a secret that is stored sealed, and single-use codes.
import type { DataSource } from 'typeorm';
import type { ReplayGuard } from '../../../ephemeral/replay-guard.js';
import type { Throttle } from '../../../ephemeral/throttle.js';
import { done, type Outcome, refused, type UserErrorCode } from '../../../input/user-error.js';
import type { Keyring } from '../../../secrets/keyring.js';
import type { ActingSession } from '../credentials.js';
import type { Added, SecondFactorChanges } from './second-factor-changes.js';
import { earliestUse, newTotpSecret, TOTP_LIFETIME_SECONDS, totpStep, totpUri } from './totp-code.js';

export interface TotpSecret {
  /** In base32, to be typed. */
  readonly secret: string;
  /** To be shown as a QR code. */
  readonly uri: string;
}

/** Outcomes are null when the account is gone. */
export class TotpService {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly keyring: Keyring;
      readonly replayGuard: ReplayGuard;
      readonly throttle: Throttle;
      readonly changes: SecondFactorChanges;
      /** Milliseconds since the epoch. */
      readonly clock?: () => number;
    },
  ) {}

  /** A new secret, which opens nothing before a code has confirmed it. One that was never confirmed is forgotten. */
  async start(accountId: string): Promise<Outcome<TotpSecret> | null> {
    const { database, keyring } = this.parts;
    const secret = newTotpSecret();
    const [account] = await database.query<{ email: string; started: boolean }[]>(
      `WITH started AS (
         INSERT INTO totp (account_id, sealed_secret, confirmed)
         SELECT id, $2, false FROM account WHERE id = $1
         ON CONFLICT (account_id) DO UPDATE SET sealed_secret = excluded.sealed_secret WHERE NOT totp.confirmed
         RETURNING account_id
       )
       SELECT email, EXISTS (SELECT FROM started) AS started FROM account WHERE id = $1`,
      [accountId, keyring.seal('totp-secret', secret, accountId)],
    );
    if (account === undefined) return null;
    return account.started ? done({ secret, uri: totpUri(secret, account.email) }) : refusal('TOTP_ENABLED');
  }

  /** A code shows that the app has the secret, which is a second factor from then on. */
  async confirm(session: ActingSession, code: string): Promise<Outcome<Added<null>> | null> {
    const { throttle, changes } = this.parts;
    const { accountId, token } = session;
    if (!(await throttle.allows('second-factor', { known: token }))) return refusal('TOO_MANY_ATTEMPTS');
    const stored = await this.find(accountId);
    if (stored === null) return refusal('TOTP_NOT_STARTED');
    if (stored.confirmed) return refusal('TOTP_ENABLED');
    if (!(await this.accepts(accountId, stored, code))) return refusal('TOTP_CODE_WRONG', 'code');
    await throttle.forget('second-factor', { known: token });
    return changes.add(session, 'totp-enabled', async (manager) => {
      const [, confirmed] = await manager.query<[unknown[], number]>(
        'UPDATE totp SET confirmed = true WHERE account_id = $1 AND sealed_secret = $2 AND NOT confirmed',
        [accountId, stored.sealedSecret],
      );
      // Otherwise the enrolment was restarted meanwhile, and the code belongs to the earlier secret.
      return confirmed === 1 ? done(null) : refusal('TOTP_CODE_WRONG', 'code');
    });
  }

  /** `password`: needed when no other second factor is left. */
  async disable(session: ActingSession, password: string | null): Promise<Outcome<null> | null> {
    return this.parts.changes.remove(session, password, 'totp-disabled', async (manager) => {
      const [, disabled] = await manager.query<[unknown[], number]>(
        'DELETE FROM totp WHERE account_id = $1 AND confirmed',
        [session.accountId],
      );
      return disabled === 1 ? done(null) : refusal('TOTP_NOT_ENABLED');
    });
  }

  /** Whether it is a code of the account's app that was not used before; it is used then. */
  async verify(accountId: string, code: string): Promise<boolean> {
    const stored = await this.find(accountId);
    return stored?.confirmed === true && this.accepts(accountId, stored, code);
  }

  private async accepts(accountId: string, stored: Stored, code: string): Promise<boolean> {
    const { keyring, replayGuard, clock = Date.now } = this.parts;
    const secret = keyring.open('totp-secret', stored.sealedSecret, accountId);
    const step = secret === null ? null : totpStep(secret, code, clock());
    if (step === null) return false;
    // A code of before may have been spent without this gateway's knowing. One of a secret that opens nothing yet cannot.
    if (stored.confirmed && earliestUse(step) < replayGuard.since()) return false;
    return replayGuard.firstUse('totp', `${accountId}:${step}`, TOTP_LIFETIME_SECONDS);
  }

  private async find(accountId: string): Promise<Stored | null> {
    const [row] = await this.parts.database.query<Stored[]>(
      'SELECT sealed_secret AS "sealedSecret", confirmed FROM totp WHERE account_id = $1',
      [accountId],
    );
    return row ?? null;
  }
}

interface Stored {
  readonly sealedSecret: string;
  readonly confirmed: boolean;
}

function refusal(code: UserErrorCode, field: string | null = null) {
  return refused({ field, code });
}
