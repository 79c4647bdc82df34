import { randomUUID } from 'node:crypto';
import { verifyRegistrationResponse } from '@simplewebauthn/server';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ReplayGuard } from '../../src/ephemeral/replay-guard.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { type Credential, RelyingParty } from '../../src/services/sign-in/second-factors/relying-party.js';
import { Authenticator, type Behaviour, type Cbor, ORIGIN } from '../support/people/authenticator.js';

vi.mock('@simplewebauthn/server', { spy: true });

const FIVE_MINUTES = 5 * 60_000;

let now: number;
let since: number;
let anna: { id: string; email: string };
let authenticator: Authenticator;
let party: RelyingParty;
beforeEach(() => {
  vi.clearAllMocks();
  now = Date.parse('2026-11-23T12:00:00Z');
  since = 0;
  anna = { id: randomUUID(), email: 'anna@example.com' };
  authenticator = new Authenticator();
  party = relyingParty();
});

/** As one gateway in use; `known` is what was spent. */
function relyingParty(portalUrl = ORIGIN, key = 1): RelyingParty {
  const known = new Set<string>();
  const replayGuard: Pick<ReplayGuard, 'since' | 'firstUse'> = {
    since: () => since,
    firstUse: async (kind, value) => {
      const isFirst = !known.has(`${kind}/${value}`);
      known.add(`${kind}/${value}`);
      return isFirst;
    },
  };
  return new RelyingParty({
    portalUrl,
    keyring: new Keyring(Buffer.alloc(32, key)),
    replayGuard,
    clock: () => now,
  });
}

const create = async (behaviour?: Behaviour, fmt?: string, attStmt?: Cbor) =>
  authenticator.create(
    await party.registrationOptions(anna, []),
    behaviour,
    fmt === undefined || attStmt === undefined ? undefined : { fmt, attStmt },
  );

/** What is wrong with a response in both directions. */
const LIES: readonly [string, Behaviour][] = [
  ['another origin', { origin: 'https://portal.cyberspacevpn.example.net' }],
  ['an origin of another scheme', { origin: 'http://portal.cyberspacevpn.example' }],
  ['an origin of another port', { origin: `${ORIGIN}:8443` }],
  ['a frame on another site', { crossOrigin: true }],
  ['a frame on another site that it denies', { crossOrigin: false, topOrigin: 'https://evil.example' }],
  ['another relying party', { rpId: 'cyberspacevpn.example' }],
  ['a person who was not verified', { verified: false }],
  ['a challenge that was made up', { challenge: 'made-up' }],
  ['a ceremony of another kind', { type: 'payment.get' }],
];

describe('a registration', () => {
  it('gives the credential', async () => {
    expect(await party.register(anna.id, await create())).toEqual({
      credentialId: authenticator.credentialId,
      publicKey: expect.stringMatching(/^[\w-]{90,}$/),
      counter: 0,
      backedUp: false,
    });
  });

  it('is taken once', async () => {
    const response = await create();
    expect(await party.register(anna.id, response)).not.toBeNull();
    expect(await party.register(anna.id, response)).toBeNull();
  });

  it.each(LIES)('is refused with %s', async (_what, behaviour) => {
    expect(await party.register(anna.id, await create(behaviour))).toBeNull();
  });

  it('is refused five minutes after it was asked for', async () => {
    const response = await create();
    now += FIVE_MINUTES;
    expect(await party.register(anna.id, response)).toBeNull();
    now -= 1000;
    expect(await party.register(anna.id, response)).not.toBeNull();
  });

  it('is refused for another account, of another installation, and with the challenge of an assertion', async () => {
    const response = await create();
    expect(await party.register(randomUUID(), response)).toBeNull();
    expect(await relyingParty(ORIGIN, 2).register(anna.id, response)).toBeNull();
    const { challenge } = await party.assertionOptions();
    expect(await party.register(anna.id, await create({ challenge }))).toBeNull();
  });

  it('is refused when it was asked for at a time of which it is not known what was spent', async () => {
    const response = await create();
    since = now + 1;
    expect(await party.register(anna.id, response)).toBeNull();
  });

  it('may attest itself; with certificates, which could lead anywhere, nobody looks at it', async () => {
    const statement = (more: [string, Cbor][]) =>
      new Map<string, Cbor>([['alg', -7], ['sig', Buffer.alloc(70)], ...more]);
    const certified = statement([['x5c', [Buffer.from('certificate')]]]);
    const refused: [string, Cbor][] = [
      ['packed', certified],
      ['fido-u2f', certified],
      ['android-key', certified],
      ['tpm', certified],
      ['apple', certified],
      ['unheard-of', new Map()],
    ];
    for (const [fmt, attStmt] of refused) {
      expect(await party.register(anna.id, await create({}, fmt, attStmt))).toBeNull();
    }
    expect(verifyRegistrationResponse).not.toHaveBeenCalled();
    expect(await party.register(anna.id, await create({}, 'packed', statement([])))).toBeNull();
    expect(await party.register(anna.id, await create({}, 'none', statement([])))).toBeNull();
    expect(await party.register(anna.id, await create({}, 'packed', 'self'))).not.toBeNull();
  });

  it('belongs to the host of the portal, whatever its port', async () => {
    party = relyingParty('http://localhost:4000');
    const options = await party.registrationOptions(anna, []);
    expect(options.rp.id).toBe('localhost');
    const response = authenticator.create(options, { origin: 'http://localhost:4000' });
    expect(await party.register(anna.id, response)).not.toBeNull();
  });
});

describe('an assertion', () => {
  let stored: Credential & { accountId: string };
  beforeEach(async () => {
    authenticator.counter = 7;
    stored = { ...(await party.register(anna.id, await create()))!, accountId: anna.id };
  });

  const get = async (behaviour?: Behaviour) => authenticator.get(await party.assertionOptions(), behaviour);
  const assert = (response: Record<string, unknown>, credential: Partial<typeof stored> = {}) => {
    const parsed = party.parseAssertion(response);
    return parsed === null ? null : party.assert(parsed, { ...stored, ...credential });
  };

  it('returns the counter, and whether the passkey is backed up', async () => {
    expect(await assert(await get())).toEqual({ counter: 8, backedUp: false });
    expect(await assert(await get({ backedUp: true }))).toEqual({ counter: 9, backedUp: true });
  });

  it('is taken once', async () => {
    const response = await get();
    expect(await assert(response)).not.toBeNull();
    expect(await assert(response)).toBeNull();
  });

  it.each([
    ...LIES,
    ['a signature of something else', { signed: Buffer.from('something else') }],
    ['another account’s handle', { userHandle: 'AAAA' }],
    ['no handle', { userHandle: null }],
  ] as [string, Behaviour][])('is refused with %s', async (_what, behaviour) => {
    expect(await assert(await get(behaviour))).toBeNull();
  });

  it('is refused under another’s public key', async () => {
    const other = new Authenticator();
    const options = await party.registrationOptions(anna, []);
    const { publicKey } = (await party.register(anna.id, other.create(options)))!;
    expect(await assert(await get(), { publicKey })).toBeNull();
  });

  it('is refused when the credential is another account’s', async () => {
    expect(await assert(await get(), { accountId: randomUUID() })).toBeNull();
  });

  it('is refused when the counter has not gone up', async () => {
    expect(await assert(await get(), { counter: 8 })).toBeNull();
    expect(await assert(await get(), { counter: 100 })).toBeNull();
    authenticator.counter = 0;
    expect(await assert(await get())).toBeNull();
    expect(await assert(await get(), { counter: 0 })).toEqual({ counter: 0, backedUp: false });
  });

  it('is refused five minutes after it was asked for', async () => {
    const response = await get();
    now += FIVE_MINUTES;
    expect(await assert(response)).toBeNull();
    now -= 1000;
    expect(await assert(response)).not.toBeNull();
  });

  it('is refused when it was asked for at a time of which it is not known what was spent', async () => {
    const response = await get();
    since = now + 1;
    expect(await assert(response)).toBeNull();
    since = now;
    expect(await assert(response)).not.toBeNull();
  });

  it('is refused with the challenge of a registration', async () => {
    const { challenge } = await party.registrationOptions(anna, []);
    expect(await assert(await get({ challenge }))).toBeNull();
  });
});
