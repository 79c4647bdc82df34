// Sign-in: new accounts, e-mail addresses, passwords, second factors, sessions, and step-up.

import type { Redis } from 'ioredis';
import type { Database } from '../../db/database.js';
import { Account } from '../../entities/account/account.js';
import type { ReplayGuard } from '../../ephemeral/replay-guard.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { type OwnerLookup, withParts } from '../../mail/mail.js';
import type { Outbox } from '../../mail/outbox.js';
import type { PortalLink } from '../../mail/portal-link.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { AccountService } from '../../services/account/account.js';
import type { AccountUseService } from '../../services/account/account-use.js';
import type { AgeService } from '../../services/account/age.js';
import { withId } from '../../services/node.js';
import { BreachedFile } from '../../services/sign-in/breached-file.js';
import { BreachedPasswords } from '../../services/sign-in/breached-passwords.js';
import { CredentialService } from '../../services/sign-in/credentials.js';
import { EmailChangeService } from '../../services/sign-in/email-change.js';
import { KnownBrowsers } from '../../services/sign-in/known-browsers.js';
import { createPasswordHasher, PasswordRules } from '../../services/sign-in/password.js';
import { PasswordChangeService } from '../../services/sign-in/password-change.js';
import { PasswordResetService } from '../../services/sign-in/password-reset.js';
import { FreshFactorService } from '../../services/sign-in/second-factors/fresh-factor.js';
import { PasskeyService } from '../../services/sign-in/second-factors/passkey.js';
import { PasskeySignInService } from '../../services/sign-in/second-factors/passkey-sign-in.js';
import { RecoveryCodes } from '../../services/sign-in/second-factors/recovery-codes.js';
import { RelyingParty } from '../../services/sign-in/second-factors/relying-party.js';
import { SecondFactorChanges } from '../../services/sign-in/second-factors/second-factor-changes.js';
import { SecondFactorService } from '../../services/sign-in/second-factors/second-factors.js';
import { TotpService } from '../../services/sign-in/second-factors/totp.js';
import type { SignInServices } from '../../services/sign-in/services.js';
import { SessionService } from '../../services/sign-in/session.js';
import { SignInService } from '../../services/sign-in/sign-in.js';
import { SignUpService } from '../../services/sign-in/sign-up.js';
import { StepUpService } from '../../services/sign-in/step-up.js';
import type { Capability } from '../capability.js';
import { SIGN_IN_MAILS } from '../mails.js';

/** Rejects with BreachedFileError. */
export async function createSignIn(
  parts: {
    readonly database: Pick<Database, 'orm'>;
    readonly redis: Redis;
    readonly keyring: Keyring;
    readonly outbox: Outbox;
    readonly throttle: Throttle;
    readonly replayGuard: ReplayGuard;
    readonly accounts: AccountService;
    readonly accountUse: AccountUseService;
    readonly ages: AgeService;
    readonly ownerOf: OwnerLookup;
    readonly link: PortalLink;
    readonly portalUrl: string;
    readonly contact: string;
    readonly breachedPasswordsFile: string | null;
  },
  cleanup: AsyncDisposableStack,
): Promise<Capability<SignInServices>> {
  const { redis, keyring, outbox, throttle, replayGuard, accounts, accountUse, ages } = parts;
  const { ownerOf, link, portalUrl, contact } = parts;
  const { orm: database } = parts.database;
  const breachedFile = await openBreachedFile(parts.breachedPasswordsFile);
  cleanup.defer(() => breachedFile?.close());
  const passwords = await createPasswordHasher();
  const passwordRules = new PasswordRules(new BreachedPasswords(breachedFile));
  const credentials = new CredentialService(database.getRepository(Account), passwords);
  const sessions = new SessionService(redis);
  const stepUp = new StepUpService(keyring);
  const recoveryCodes = new RecoveryCodes(keyring);
  const changes = new SecondFactorChanges({
    database,
    outbox,
    credentials,
    passwordRules,
    recoveryCodes,
    sessions,
    throttle,
  });
  const totp = new TotpService({ database, keyring, replayGuard, throttle, changes });
  const relyingParty = new RelyingParty({ portalUrl, keyring, replayGuard });
  const passkeys = new PasskeyService(database, relyingParty, changes);
  const secondFactors = new SecondFactorService({
    database,
    outbox,
    totp,
    passkeys,
    recoveryCodes,
    changes,
  });
  const signIn = new SignInService({
    accounts,
    accountUse,
    credentials,
    secondFactors,
    sessions,
    stepUp,
    throttle,
    replayGuard,
    keyring,
  });
  const changing = { database, outbox, passwords, passwordRules, secondFactors, sessions };
  return {
    services: {
      emailChange: new EmailChangeService({ database, outbox, keyring, throttle }),
      freshFactor: new FreshFactorService({ credentials, secondFactors, sessions, stepUp, throttle }),
      knownBrowsers: new KnownBrowsers(keyring),
      passkeys,
      passkeySignIn: new PasskeySignInService({ passkeys, credentials, signIn, throttle }),
      passwordChange: new PasswordChangeService(changing),
      passwordReset: new PasswordResetService({ ...changing, keyring, throttle }),
      secondFactors,
      session: sessions,
      signIn,
      signUp: new SignUpService({
        database,
        outbox,
        keyring,
        passwords,
        passwordRules,
        throttle,
        ages,
        signIn,
      }),
      stepUp,
      totp,
    },
    mails: withParts(SIGN_IN_MAILS, { database, ownerOf, link, portalUrl, contact }),
    nodes: [
      {
        type: 'Passkey',
        table: 'passkey',
        find: async (id, { accountId }) => withId(id, await passkeys.list(accountId)),
      },
    ],
  };
}

async function openBreachedFile(path: string | null): Promise<BreachedFile | null> {
  return path === null ? null : await BreachedFile.open(path);
}
