// This product as a relying party of Web Authentication Level 3: what it asks of authenticators, and which of their
// responses it accepts. A challenge contains its purpose and its expiry, so that nothing is stored before it comes back.
import {
  generateAuthenticationOptions,
  generateRegistrationOptions,
  type PublicKeyCredentialCreationOptionsJSON,
  type PublicKeyCredentialRequestOptionsJSON,
  verifyAuthenticationResponse,
  verifyRegistrationResponse,
} from '@simplewebauthn/server';
import { COSEALG, decodeAttestationObject, isoBase64URL } from '@simplewebauthn/server/helpers';
import { z } from 'zod';
import type { ReplayGuard } from '../../../ephemeral/replay-guard.js';
import type { Keyring } from '../../../secrets/keyring.js';

const NAME = 'CyberSapceVPN';
const CHALLENGE_SECONDS = 5 * 60;
/** Who shows a passkey is known only when it was shown. */
const ANYONE = 'anyone';
const ALGORITHMS = [COSEALG.EdDSA, COSEALG.ES256, COSEALG.RS256];

/** Base64url without padding, of at most so many bytes. */
const bytes = (most: number) =>
  z
    .string()
    .max(Math.ceil((most * 4) / 3))
    .regex(/^[\w-]+$/);

/** Section 5.1: at most 1023 bytes. */
const CREDENTIAL = { id: bytes(1023), rawId: bytes(1023), type: z.literal('public-key') };

/** What is read of a RegistrationResponseJSON (section 5.1). */
const Registration = z.object({
  ...CREDENTIAL,
  response: z.object({ clientDataJSON: bytes(4096), attestationObject: bytes(16_384) }),
});

/** What is read of an AuthenticationResponseJSON (section 5.1); discoverable credentials always have a user handle. */
const Assertion = z.object({
  ...CREDENTIAL,
  response: z.object({
    clientDataJSON: bytes(4096),
    authenticatorData: bytes(4096),
    signature: bytes(1024),
    userHandle: bytes(64),
  }),
});
export type Assertion = z.infer<typeof Assertion>;

/**
 * Section 5.8.1. Nobody has a reason to show this product in a frame. A `topOrigin` is there only in a frame of another
 * origin, so one beside `crossOrigin: false` contradicts itself.
 */
const ClientData = z.object({
  challenge: z.string(),
  crossOrigin: z.literal(false).optional(),
  topOrigin: z.undefined().optional(),
});

export interface Credential {
  /** In base64url. */
  readonly credentialId: string;
  /** COSE_Key (RFC 9052) in base64url. */
  readonly publicKey: string;
  /** 0 to 2^32 - 1. */
  readonly counter: number;
  readonly backedUp: boolean;
}

export class RelyingParty {
  private readonly id: string;
  private readonly origin: string;

  /** Passkeys belong to the host of `portalUrl`, and are used from its origin. */
  constructor(
    private readonly parts: {
      readonly portalUrl: string;
      readonly keyring: Keyring;
      readonly replayGuard: Pick<ReplayGuard, 'since' | 'firstUse'>;
      /** Milliseconds since the epoch. */
      readonly clock?: () => number;
    },
  ) {
    const { hostname, origin } = new URL(parts.portalUrl);
    this.id = hostname;
    this.origin = origin;
  }

  /** `known`: credential ids of the account, of which an authenticator makes no second one. */
  registrationOptions(
    account: { id: string; email: string },
    known: readonly string[],
  ): Promise<PublicKeyCredentialCreationOptionsJSON> {
    return generateRegistrationOptions({
      rpName: NAME,
      rpID: this.id,
      userID: new Uint8Array(Buffer.from(this.userHandle(account.id), 'base64url')),
      userName: account.email,
      userDisplayName: account.email,
      challenge: this.challenge(account.id),
      timeout: CHALLENGE_SECONDS * 1000,
      attestationType: 'none',
      excludeCredentials: known.map((id) => ({ id })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      supportedAlgorithmIDs: ALGORITHMS,
    });
  }

  /** The credential that was made for the account; null when the response is not valid. */
  async register(accountId: string, response: unknown): Promise<Credential | null> {
    const { data } = Registration.safeParse(response);
    if (data === undefined || !isWithoutCertificates(data.response.attestationObject)) return null;
    const challenge = this.answered(data.response.clientDataJSON, accountId);
    if (challenge === null) return null;
    const verified = await untilThrown(() =>
      verifyRegistrationResponse({
        response: { ...data, clientExtensionResults: {} },
        expectedChallenge: challenge,
        expectedOrigin: this.origin,
        expectedRPID: this.id,
        requireUserVerification: true,
        supportedAlgorithmIDs: ALGORITHMS,
      }),
    );
    if (!verified?.verified || !(await this.spend(challenge))) return null;
    const { credential, credentialBackedUp: backedUp } = verified.registrationInfo;
    const publicKey = Buffer.from(credential.publicKey).toString('base64url');
    return { credentialId: credential.id, publicKey, counter: credential.counter, backedUp };
  }

  /** Names no credentials, so that it reveals nothing about any account: the authenticator knows its own. */
  assertionOptions(): Promise<PublicKeyCredentialRequestOptionsJSON> {
    return generateAuthenticationOptions({
      rpID: this.id,
      challenge: this.challenge(ANYONE),
      timeout: CHALLENGE_SECONDS * 1000,
      allowCredentials: [],
      userVerification: 'required',
    });
  }

  /** Null when the response has not the form of an assertion. */
  parseAssertion(response: unknown): Assertion | null {
    return Assertion.safeParse(response).data ?? null;
  }

  /**
   * What the authenticator says of the account's credential now, the person having been verified by it; null when the
   * assertion is not valid. A counter that has not gone up where one is counted means a copy.
   */
  async assert(
    assertion: Assertion,
    credential: Credential & { readonly accountId: string },
  ): Promise<Pick<Credential, 'counter' | 'backedUp'> | null> {
    const challenge = this.answered(assertion.response.clientDataJSON, ANYONE);
    if (challenge === null || assertion.response.userHandle !== this.userHandle(credential.accountId)) {
      return null;
    }
    const verified = await untilThrown(() =>
      verifyAuthenticationResponse({
        response: { ...assertion, clientExtensionResults: {} },
        expectedChallenge: challenge,
        expectedOrigin: this.origin,
        expectedRPID: this.id,
        credential: {
          id: credential.credentialId,
          publicKey: new Uint8Array(Buffer.from(credential.publicKey, 'base64url')),
          counter: credential.counter,
        },
        requireUserVerification: true,
      }),
    );
    if (!verified?.verified || !(await this.spend(challenge))) return null;
    const { newCounter: counter, credentialBackedUp: backedUp } = verified.authenticationInfo;
    return { counter, backedUp };
  }

  /**
   * What an authenticator, and the cloud that it may be synchronised with, keeps of the account for good. Not the
   * account's id, so that nobody can find the account in our stores by it.
   */
  private userHandle(accountId: string): string {
    return this.parts.keyring.digest('passkey-user', accountId);
  }

  /** `whose`: the account that registers a credential; ANYONE shows one. */
  private challenge(whose: string) {
    const now = this.now();
    const subject = JSON.stringify([whose, now]);
    const token = this.parts.keyring.issue('passkey-challenge', subject, now + CHALLENGE_SECONDS * 1000);
    // The bytes of the token, because the library writes challenges in base64url.
    return new Uint8Array(Buffer.from(token, 'base64url'));
  }

  /** The challenge that was answered; null when it is not one of ours for them, or too old. */
  private answered(clientDataJSON: string, whose: string): string | null {
    const { keyring, replayGuard } = this.parts;
    const challenge = challengeOf(clientDataJSON);
    const subject = challenge && keyring.redeem('passkey-challenge', challenge, this.now());
    if (!subject) return null;
    const [madeFor, made] = JSON.parse(subject) as [string, number];
    // An older one may have been spent without this gateway's knowing.
    return madeFor === whose && made >= replayGuard.since() ? challenge : null;
  }

  private spend(challenge: string): Promise<boolean> {
    return this.parts.replayGuard.firstUse('passkey-challenge', challenge, CHALLENGE_SECONDS);
  }

  private now(): number {
    return (this.parts.clock ?? Date.now)();
  }
}

function challengeOf(clientDataJSON: string): string | null {
  try {
    const clientData: unknown = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString());
    return ClientData.safeParse(clientData).data?.challenge ?? null;
  } catch {
    return null;
  }
}

/**
 * Which device somebody has is not asked for (section 5.4.7: `none`), and who says so nevertheless is refused: to check
 * a certificate, the library loads the URL that its maker names from the network.
 */
function isWithoutCertificates(attestationObject: string): boolean {
  try {
    const attestation = decodeAttestationObject(isoBase64URL.toBuffer(attestationObject));
    const format = attestation.get('fmt');
    // Section 8.2: a key that attests itself may stand where none is asked for.
    return format === 'none' || (format === 'packed' && attestation.get('attStmt').get('x5c') === undefined);
  } catch {
    return false;
  }
}

/** The library throws at whatever is wrong with a response, in messages that repeat it. */
async function untilThrown<T>(verify: () => Promise<T>): Promise<T | null> {
  try {
    return await verify();
  } catch {
    return null;
  }
}
