// Certificates for tests: signed by their own key or another's, byte by byte, because Node only reads them.
import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { DAY_MS } from '../../../src/lib/durations.js';

export interface TestCertificate {
  /** PEM. */
  readonly cert: Buffer;
  readonly key: Buffer;
  /** As Node prints it. */
  readonly serialNumber: string;
  /** Its first name; 127.0.0.1 is in it, too. */
  readonly name: string;
}

export interface CertificateParts {
  /** From yesterday on. */
  readonly days?: number;
  readonly name?: string;
  /** Further names. */
  readonly otherNames?: readonly string[];
  /** Who signs it; itself when absent. */
  readonly issuer?: TestCertificate;
}

export const CERTIFICATE_NAME = 'dns.vpn.example';

const ECDSA_WITH_SHA256 = sequence(objectId('2a8648ce3d040302'));

/** An X.509 v3 certificate (RFC 5280 section 4.1) with a P-256 key, which may itself be an authority's. */
export function makeCertificate({
  days = 30,
  name = CERTIFICATE_NAME,
  otherNames = [],
  issuer,
}: CertificateParts = {}): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  // The first byte keeps it positive and without a zero in front.
  const serial = Buffer.concat([Buffer.from([0x40]), randomBytes(15)]);
  const start = Date.now() - DAY_MS;
  const subjectNames = sequence(
    ...[name, ...otherNames].map((each) => tlv(0x82, Buffer.from(each))),
    tlv(0x87, Buffer.from([127, 0, 0, 1])),
  );
  const extensions = sequence(
    sequence(objectId('551d11'), octetString(subjectNames)),
    // CA, so that a client can take the certificate itself for its trust anchor.
    sequence(objectId('551d13'), octetString(sequence(tlv(0x01, Buffer.from([0xff]))))),
  );
  const signed = sequence(
    tlv(0xa0, integer(Buffer.from([2]))),
    integer(serial),
    ECDSA_WITH_SHA256,
    distinguishedName(issuer?.name ?? name),
    sequence(time(start), time(start + days * DAY_MS)),
    distinguishedName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    tlv(0xa3, extensions),
  );
  const signature = sign('sha256', signed, issuer?.key ?? privateKey);
  const certificate = sequence(signed, ECDSA_WITH_SHA256, tlv(0x03, Buffer.from([0]), signature));
  return {
    cert: pem('CERTIFICATE', certificate),
    key: Buffer.from(privateKey.export({ type: 'pkcs8', format: 'pem' })),
    serialNumber: serial.toString('hex').toUpperCase(),
    name,
  };
}

function distinguishedName(commonName: string): Buffer {
  return sequence(set(sequence(objectId('550403'), tlv(0x0c, Buffer.from(commonName)))));
}

/** Tag, length and content (ITU-T X.690 section 8.1). */
function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  const { length } = content;
  const bytes = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 255];
  return Buffer.concat([Buffer.from([tag, ...bytes]), content]);
}

function sequence(...parts: readonly Buffer[]): Buffer {
  return tlv(0x30, ...parts);
}

function set(...parts: readonly Buffer[]): Buffer {
  return tlv(0x31, ...parts);
}

function integer(bytes: Buffer): Buffer {
  return tlv(0x02, bytes);
}

function octetString(content: Buffer): Buffer {
  return tlv(0x04, content);
}

function objectId(hex: string): Buffer {
  return tlv(0x06, Buffer.from(hex, 'hex'));
}

/** GeneralizedTime, to the second. */
function time(unixMs: number): Buffer {
  return tlv(0x18, Buffer.from(new Date(unixMs).toISOString().replace(/[-:T]|\.\d+/g, '')));
}

function pem(label: string, der: Buffer): Buffer {
  const lines = der.toString('base64').match(/.{1,64}/g)!;
  return Buffer.from(`-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`);
}
