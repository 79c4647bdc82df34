// An authenticator of the tests: keys of its own, and answers byte by byte as Web Authentication Level 3 has them. It
// does as a test says, also what no authenticator should.
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  sign,
} from 'node:crypto';

export const ORIGIN = 'https://portal.cyberspacevpn.example';

/** Of COSE (RFC 9053, RFC 8812). */
const ALGORITHM = { ES256: -7, EdDSA: -8, RS256: -257 } as const;
type Algorithm = keyof typeof ALGORITHM;

/** Section 6.1. */
const FLAGS = { present: 0x01, verified: 0x04, mayBeBackedUp: 0x08, backedUp: 0x10, attested: 0x40 };

export interface Behaviour {
  /** Whether it has verified the person. */
  readonly verified?: boolean;
  readonly backedUp?: boolean;
  readonly rpId?: string;
  readonly userHandle?: string | null;
  /** What the browser says. */
  readonly origin?: string;
  readonly challenge?: string;
  readonly crossOrigin?: boolean;
  readonly topOrigin?: string;
  readonly type?: string;
  /** Signs this in the place of what it says. */
  readonly signed?: Buffer;
}

interface Attestation {
  readonly fmt: string;
  /** `self`: signed by the credential itself (section 8.2). */
  readonly attStmt: Cbor | 'self';
}

// biome-ignore lint/suspicious/noExplicitAny: options are JSON of another's schema
type Options = any;

export class Authenticator {
  readonly credentialId = randomBytes(32).toString('base64url');
  private readonly key: KeyObject;
  private userHandle = '';
  /** 0: it counts nothing. */
  counter = 0;

  constructor(private readonly algorithm: Algorithm = 'ES256') {
    this.key = newKey(algorithm);
  }

  /** A RegistrationResponseJSON (section 5.1) to options of `startPasskeyRegistration`. */
  create(options: Options, behaviour: Behaviour = {}, attestation?: Attestation): Record<string, unknown> {
    this.userHandle = options.user.id;
    const id = Buffer.from(this.credentialId, 'base64url');
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, id, encode(coseKey(this.key))]);
    const said = { verified: true, rpId: options.rp.id, ...behaviour };
    const authData = Buffer.concat([this.header(said, FLAGS.attested), attested]);
    const client = clientData('webauthn.create', options, behaviour);
    const { fmt, attStmt } = attestation ?? { fmt: 'none', attStmt: new Map() };
    const self = new Map<string, Cbor>([
      ['alg', ALGORITHM[this.algorithm]],
      ['sig', this.sign(Buffer.concat([authData, sha256(client)]))],
    ]);
    const attestationObject = encode(
      new Map<string, Cbor>([
        ['fmt', fmt],
        ['attStmt', attStmt === 'self' ? self : attStmt],
        ['authData', authData],
      ]),
    );
    return this.credential({
      clientDataJSON: client.toString('base64url'),
      attestationObject: attestationObject.toString('base64url'),
      transports: ['internal'],
    });
  }

  /** An AuthenticationResponseJSON (section 5.1) to options of `startPasskeySignIn`. */
  get(options: Options, behaviour: Behaviour = {}): Record<string, unknown> {
    if (this.counter > 0) this.counter += 1;
    const client = clientData('webauthn.get', options, behaviour);
    const authData = this.header({ verified: true, rpId: options.rpId, ...behaviour }, 0);
    const { userHandle = this.userHandle } = behaviour;
    return this.credential({
      clientDataJSON: client.toString('base64url'),
      authenticatorData: authData.toString('base64url'),
      signature: this.sign(behaviour.signed ?? Buffer.concat([authData, sha256(client)])).toString(
        'base64url',
      ),
      ...(userHandle !== null && { userHandle }),
    });
  }

  private sign(bytes: Buffer): Buffer {
    return sign(this.algorithm === 'EdDSA' ? null : 'sha256', bytes, this.key);
  }

  private header({ verified, backedUp, rpId }: Behaviour, more: number): Buffer {
    const flags =
      FLAGS.present |
      (verified ? FLAGS.verified : 0) |
      (backedUp ? FLAGS.mayBeBackedUp | FLAGS.backedUp : 0) |
      more;
    const counter = Buffer.alloc(4);
    counter.writeUInt32BE(this.counter);
    return Buffer.concat([sha256(rpId ?? ''), Buffer.from([flags]), counter]);
  }

  private credential(response: Record<string, unknown>): Record<string, unknown> {
    const id = this.credentialId;
    return { id, rawId: id, type: 'public-key', response, clientExtensionResults: {} };
  }
}

/** Section 5.8.1. */
function clientData(type: string, options: Options, behaviour: Behaviour): Buffer {
  const { challenge = options.challenge, origin = ORIGIN, crossOrigin = false, topOrigin } = behaviour;
  const said = { type: behaviour.type ?? type, challenge, origin, crossOrigin, topOrigin };
  return Buffer.from(JSON.stringify(said));
}

function newKey(algorithm: Algorithm): KeyObject {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey;
  return algorithm === 'ES256'
    ? generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
    : generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
}

/** COSE_Key (RFC 9053 section 7, RFC 8230 section 4). */
function coseKey(key: KeyObject): Map<number, Cbor> {
  const jwk = createPublicKey(key).export({ format: 'jwk' });
  const bytes = (value: string | undefined) => Buffer.from(value ?? '', 'base64url');
  const entries: Record<string, [number, Cbor][]> = {
    EC: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, bytes(jwk.x)],
      [-3, bytes(jwk.y)],
    ],
    OKP: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, bytes(jwk.x)],
    ],
    RSA: [
      [1, 3],
      [3, -257],
      [-1, bytes(jwk.n)],
      [-2, bytes(jwk.e)],
    ],
  };
  return new Map(entries[jwk.kty ?? '']);
}

export type Cbor = number | string | Buffer | readonly Cbor[] | ReadonlyMap<number | string, Cbor>;

/** As much of CBOR (RFC 8949) as attestations need. */
function encode(value: Cbor): Buffer {
  if (typeof value === 'number') return value < 0 ? head(1, -1 - value) : head(0, value);
  if (typeof value === 'string')
    return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)]);
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value]);
  if (value instanceof Map) {
    return Buffer.concat([head(5, value.size), ...[...value].flat().map((item: Cbor) => encode(item))]);
  }
  const items = value as readonly Cbor[];
  return Buffer.concat([head(4, items.length), ...items.map(encode)]);
}

function head(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 256) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 255]);
}

function sha256(value: string | Buffer): Buffer {
  return createHash('sha256').update(value).digest();
}
