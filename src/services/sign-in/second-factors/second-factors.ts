// The second factors of an account together: what it has, and whether one that is shown is its own.

import type { DataSource, EntityManager } from 'typeorm';
import type { Outcome } from '../../../input/user-error.js';
import type { Outbox } from '../../../mail/outbox.js';
import { securityNoticeMail } from '../mails/security-notice.js';
import type { PasskeyService, PasskeyView } from './passkey.js';
import type { RecoveryCodes } from './recovery-codes.js';
import type { SecondFactorMethod, SecondFactorProof, SecondFactors } from './second-factor.js';
import type { SecondFactorChanges } from './second-factor-changes.js';
import type { TotpService } from './totp.js';

const METHODS: readonly SecondFactorMethod[] = ['TOTP', 'PASSKEY', 'RECOVERY_CODE'];

export interface SecondFactorsView {
  readonly totp: boolean;
  readonly recoveryCodesLeft: number;
  readonly passkeys: readonly PasskeyView[];
}

export class SecondFactorService implements SecondFactors {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly outbox: Outbox;
      readonly totp: TotpService;
      readonly passkeys: PasskeyService;
      readonly recoveryCodes: RecoveryCodes;
      readonly changes: SecondFactorChanges;
    },
  ) {}

  async view(accountId: string): Promise<SecondFactorsView> {
    const [[row], passkeys] = await Promise.all([
      this.parts.database.query<[{ totp: boolean; recoveryCodesLeft: number }]>(
        `SELECT EXISTS (SELECT FROM totp WHERE account_id = $1 AND confirmed) AS totp,
           (SELECT count(*)::integer FROM recovery_code WHERE account_id = $1) AS "recoveryCodesLeft"`,
        [accountId],
      ),
      this.parts.passkeys.list(accountId),
    ]);
    return { ...row, passkeys };
  }

  async methods(
    accountId: string,
    reader: Pick<EntityManager, 'query'> = this.parts.database.manager,
  ): Promise<readonly SecondFactorMethod[]> {
    const [there] = await reader.query<[Record<SecondFactorMethod, boolean>]>(
      `SELECT EXISTS (SELECT FROM totp WHERE account_id = $1 AND confirmed) AS "TOTP",
         EXISTS (SELECT FROM passkey WHERE account_id = $1) AS "PASSKEY",
         EXISTS (SELECT FROM recovery_code WHERE account_id = $1) AS "RECOVERY_CODE"`,
      [accountId],
    );
    return METHODS.filter((method) => there[method]);
  }

  async verify(accountId: string, proof: SecondFactorProof): Promise<boolean> {
    const { totp, passkeys } = this.parts;
    if ('totpCode' in proof) return totp.verify(accountId, proof.totpCode);
    if ('passkey' in proof) return passkeys.verify(accountId, proof.passkey);
    return this.useRecoveryCode(accountId, proof.recoveryCode);
  }

  /** Null when the account is gone. */
  renewRecoveryCodes(accountId: string): Promise<Outcome<readonly string[]> | null> {
    return this.parts.changes.renewRecoveryCodes(accountId);
  }

  /** The owner is notified: someone else may have found the codes. */
  private async useRecoveryCode(accountId: string, code: string): Promise<boolean> {
    const { database, outbox, recoveryCodes } = this.parts;
    return database.transaction(async (manager) => {
      const used = await recoveryCodes.use(manager, accountId, code);
      if (used) await outbox.put(manager, securityNoticeMail, { accountId, change: 'recovery-code-used' });
      return used;
    });
  }
}
