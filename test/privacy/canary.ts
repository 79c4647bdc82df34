// A canary is a secret-to-be in every form in which a program could have kept it.
import { createHash, randomBytes, randomInt } from 'node:crypto';
import { Secret } from 'otpauth';
import { parseAddress, userPrefix } from '../../src/lib/ip.js';

/**
 * What a canary is, which decides the forms that are looked for. The digest of a `token` is not: Redis keeps it to
 * recognise the session, and nobody can guess 256 random bits from it. A `totp-secret` is in base32, a `moment` in
 * ISO 8601.
 */
export type Kind = 'secret' | 'token' | 'name' | 'address' | 'totp-secret' | 'moment';

export interface Canary {
  /** What it stands for, for the report; never the value. */
  readonly label: string;
  readonly kind: Kind;
  readonly value: string;
}

/** Remembers each secret-to-be as it is made, so that none is used and not looked for. */
export class Canaries {
  readonly all: Canary[] = [];

  /** Letters alone: random digits are a payment card's number now and then, which is refused, and names have none. */
  secret(label: string, value: string = randomLetters(24)): string {
    return this.add(label, 'secret', value);
  }
  token(label: string, value: string): string {
    return this.add(label, 'token', value);
  }
  totpSecret(label: string, value: string): string {
    return this.add(label, 'totp-secret', value);
  }
  name(label: string, below: string): string {
    return this.add(label, 'name', `${randomBytes(9).toString('hex')}.${below}`);
  }
  /** A loopback source that this machine can send from. */
  source(label: string): string {
    return this.add(label, 'address', `127.${[0, 0, 0].map(() => randomInt(16, 250)).join('.')}`);
  }
  /** A public IPv6 address, as a proxy would name it. */
  forwarded6(label: string): string {
    const groups = Array.from({ length: 6 }, () => randomInt(0x1000, 0xffff).toString(16));
    return this.add(label, 'address', `2a00:${groups.join(':')}:${randomInt(0x1000, 0xffff).toString(16)}`);
  }
  /** Some minute and second of the day, half a day away from this run's own clock. */
  moment(label: string, day: string): string {
    const halfADay = 43_200_000;
    const time = new Date(Date.now() + halfADay + randomInt(3_600_000)).toISOString().slice(10);
    return this.add(label, 'moment', `${day}${time}`);
  }
  private add(label: string, kind: Kind, value: string): string {
    this.all.push({ label, kind, value });
    return value;
  }
}

function randomLetters(count: number): string {
  return Array.from({ length: count }, () => String.fromCharCode(0x61 + randomInt(26))).join('');
}

interface Form {
  readonly form: string;
  readonly bytes: Buffer;
}

/**
 * The byte strings to look for: the text (as it is and in capitals), its hex and base64 forms, its unsalted digests;
 * for a name also its wire format (RFC 1035 section 3.1), for an address also its 4 or 16 bytes (8 for a /64), for a
 * moment also its minute and the numbers that computers have for it.
 */
export function formsOf(canary: Canary): Form[] {
  const text = Buffer.from(canary.value);
  const forms: Form[] = [
    { form: 'text', bytes: text },
    { form: 'text in capitals', bytes: Buffer.from(canary.value.toUpperCase()) },
    ...encoded('text', text),
    ...(canary.kind === 'token' ? [] : digests('text', text)),
  ];
  if (canary.kind === 'name') {
    const wire = wireName(canary.value);
    forms.push(
      { form: 'wire name', bytes: wire },
      ...encoded('wire name', wire),
      ...digests('wire name', wire),
    );
  }
  if (canary.kind === 'address') {
    const bytes = addressBytes(canary.value);
    forms.push({ form: 'bytes', bytes: bytes }, ...encoded('bytes', bytes), ...digests('bytes', bytes));
    if (bytes.length === 16) forms.push(...formsOfNetwork(canary.value, bytes.subarray(0, 8)));
  }
  if (canary.kind === 'totp-secret') {
    const bytes = Buffer.from(Secret.fromBase32(canary.value).bytes);
    forms.push({ form: 'bytes', bytes: bytes }, ...encoded('bytes', bytes), ...digests('bytes', bytes));
  }
  if (canary.kind === 'moment') forms.push(...formsOfMoment(canary.value));
  return [...new Map(forms.map((form) => [form.bytes.toString('latin1'), form])).values()];
}

/** Seconds in four bytes are not looked for: among so many bytes they are found by chance. */
function formsOfMoment(value: string): Form[] {
  const milliseconds = Date.parse(value);
  const [day = '', time = ''] = value.split('T');
  const texts = {
    minute: `${day}T${time.slice(0, 5)}`,
    'minute, as Postgres writes it': `${day} ${time.slice(0, 5)}`,
    'time of day': time.slice(0, 8),
    seconds: String(Math.floor(milliseconds / 1000)),
    milliseconds: String(milliseconds),
  };
  const numbers = {
    milliseconds: BigInt(milliseconds),
    microseconds: BigInt(milliseconds) * 1000n,
    'microseconds of Postgres': BigInt(milliseconds - Date.UTC(2000, 0)) * 1000n,
  };
  return [
    ...Object.entries(texts).map(([form, text]) => ({ form, bytes: Buffer.from(text) })),
    ...Object.entries(numbers).flatMap(([form, number]) => {
      const [little, big] = [Buffer.alloc(8), Buffer.alloc(8)];
      little.writeBigInt64LE(number);
      big.writeBigInt64BE(number);
      return [
        { form: `${form} in bytes`, bytes: little },
        { form: `${form} in bytes, in the order of networks`, bytes: big },
      ];
    }),
  ];
}

/** An IPv6 address is registered by its /64. */
function formsOfNetwork(address: string, bytes: Buffer): Form[] {
  const [text = ''] = userPrefix(parseAddress(address)!).text.split('/');
  return [
    { form: 'text of its /64', bytes: Buffer.from(text) },
    { form: 'bytes of its /64', bytes: bytes },
    ...encoded('bytes of its /64', bytes),
    ...digests('bytes of its /64', bytes),
  ];
}

function encoded(of: string, bytes: Buffer): Form[] {
  const hex = bytes.toString('hex');
  const base64 = bytes.toString('base64').replace(/=+$/, '');
  const base64url = bytes.toString('base64url');
  return [
    { form: `hex of ${of}`, bytes: Buffer.from(hex) },
    { form: `hex in capitals of ${of}`, bytes: Buffer.from(hex.toUpperCase()) },
    { form: `base64 of ${of}`, bytes: Buffer.from(base64) },
    { form: `base64url of ${of}`, bytes: Buffer.from(base64url) },
  ];
}

function digests(of: string, bytes: Buffer): Form[] {
  return ['md5', 'sha1', 'sha256', 'sha512'].flatMap((algorithm) => {
    const digest = createHash(algorithm).update(bytes).digest();
    return [
      { form: `${algorithm} of ${of}`, bytes: digest },
      { form: `${algorithm} of ${of} in hex`, bytes: Buffer.from(digest.toString('hex')) },
      {
        form: `${algorithm} of ${of} in base64`,
        bytes: Buffer.from(digest.toString('base64').replace(/=+$/, '')),
      },
      { form: `${algorithm} of ${of} in base64url`, bytes: Buffer.from(digest.toString('base64url')) },
    ];
  });
}

function wireName(name: string): Buffer {
  return Buffer.concat(name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)])));
}

function addressBytes(text: string): Buffer {
  const address = parseAddress(text);
  if (address === null) throw new Error('a canary must be an address');
  const bytes = Buffer.alloc(address.words.length * 4);
  for (const [index, word] of address.words.entries()) bytes.writeUInt32BE(word, index * 4);
  return bytes;
}
