// What a person can show beside the password, and who checks it.

import type { EntityManager } from 'typeorm';

export type SecondFactorMethod = 'TOTP' | 'PASSKEY' | 'RECOVERY_CODE';

/** One of them is shown. */
export type SecondFactorProof =
  | { readonly totpCode: string }
  | { readonly recoveryCode: string }
  /** The assertion of a passkey, as `PublicKeyCredential.toJSON()` gives it (Web Authentication Level 3 section 5.1). */
  | { readonly passkey: Readonly<Record<string, unknown>> };

export interface SecondFactors {
  /**
   * What the account can show; empty when it has no second factor. Recovery codes never stand alone. `reader`: that of the
   * transaction in which it is asked, which must ask the pool for no other connection.
   */
  methods(accountId: string, reader?: Pick<EntityManager, 'query'>): Promise<readonly SecondFactorMethod[]>;
  /** Whether the proof is the account's; what may be used once is used up then. The caller counts the tries. */
  verify(accountId: string, proof: SecondFactorProof): Promise<boolean>;
}
