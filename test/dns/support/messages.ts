// Queries byte by byte, also broken ones, and their answers decoded by an independent library.
import dnsPacket, { type DecodedPacket } from 'dns-packet';

export const TYPES = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  HINFO: 13,
  MX: 15,
  TXT: 16,
  AAAA: 28,
  OPT: 41,
  DS: 43,
  SVCB: 64,
  HTTPS: 65,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  ANY: 255,
} as const;

export type TypeName = keyof typeof TYPES;

export interface QueryParts {
  readonly name?: string;
  /** Instead of `name`: the name's bytes. */
  readonly nameBytes?: Buffer;
  readonly type?: number;
  readonly class?: number;
  readonly id?: number;
  /** The second two bytes of the header; RD alone when absent. */
  readonly flags?: number;
  readonly counts?: readonly [number, number, number, number];
  readonly edns?: Partial<EdnsParts> | readonly Partial<EdnsParts>[];
  /** Bytes after all else. */
  readonly rest?: Buffer;
}

export interface EdnsParts {
  readonly payloadSize: number;
  readonly version: number;
  readonly dnssecOk: boolean;
  readonly options: Buffer;
  readonly owner: Buffer;
}

export function nameBytes(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  return Buffer.concat([
    ...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

export function query(parts: QueryParts): Buffer {
  const opts = parts.edns === undefined ? [] : [parts.edns].flat();
  const header = Buffer.alloc(12);
  const fields = [parts.id ?? 0x1234, parts.flags ?? 0x0100, ...(parts.counts ?? [1, 0, 0, opts.length])];
  for (const [index, field] of fields.entries()) header.writeUInt16BE(field, index * 2);
  const fixed = Buffer.alloc(4);
  fixed.writeUInt16BE(parts.type ?? TYPES.A, 0);
  fixed.writeUInt16BE(parts.class ?? 1, 2);
  const name = parts.nameBytes ?? nameBytes(parts.name ?? '');
  return Buffer.concat([header, name, fixed, ...opts.map(opt), parts.rest ?? Buffer.alloc(0)]);
}

function opt(parts: Partial<EdnsParts>): Buffer {
  const options = parts.options ?? Buffer.alloc(0);
  const fixed = Buffer.alloc(10);
  fixed.writeUInt16BE(TYPES.OPT, 0);
  fixed.writeUInt16BE(parts.payloadSize ?? 1232, 2);
  fixed[5] = parts.version ?? 0;
  fixed.writeUInt16BE(parts.dnssecOk ? 0x8000 : 0, 6);
  fixed.writeUInt16BE(options.length, 8);
  return Buffer.concat([parts.owner ?? Buffer.from([0]), fixed, options]);
}

export function ednsOption(code: number, data: Buffer): Buffer {
  const header = Buffer.alloc(4);
  header.writeUInt16BE(code, 0);
  header.writeUInt16BE(data.length, 2);
  return Buffer.concat([header, data]);
}

export interface DecodedOpt {
  readonly udpPayloadSize: number;
  readonly extendedRcode: number;
  readonly dnssecOk: boolean;
  readonly version: number;
  readonly options: readonly { readonly code: number; readonly data: Buffer }[];
}

export interface Decoded {
  readonly bytes: Buffer;
  readonly id: number;
  readonly rcode: string;
  /** Set flags of AA, TC, RD, RA, AD, CD, in this order. */
  readonly flags: string;
  readonly questions: number;
  /** `A 198.51.100.10`, without TTLs. */
  readonly answers: readonly string[];
  readonly authority: readonly string[];
  readonly ttls: readonly number[];
  readonly opt: DecodedOpt | null;
  /** INFO-CODEs of the extended errors. */
  readonly extendedErrors: readonly number[];
}

export function decode(bytes: Buffer): Decoded {
  const packet = dnsPacket.decode(bytes) as DecodedPacket & { rcode: string };
  const names = ['aa', 'tc', 'rd', 'ra', 'ad', 'cd'] as const;
  const opt = (packet.additionals ?? []).find((record) => record.type === 'OPT') as
    | (Omit<DecodedOpt, 'dnssecOk' | 'version'> & { flags: number; ednsVersion: number })
    | undefined;
  const records = [...(packet.answers ?? []), ...(packet.authorities ?? [])];
  return {
    bytes,
    id: bytes.readUInt16BE(0),
    rcode: opt && opt.extendedRcode > 0 ? `${opt.extendedRcode * 16 + (bytes[3]! & 15)}` : packet.rcode,
    flags: names
      .filter((name) => packet[`flag_${name}`])
      .join(' ')
      .toUpperCase(),
    questions: bytes.readUInt16BE(4),
    answers: (packet.answers ?? []).map(recordText),
    authority: (packet.authorities ?? []).map(recordText),
    ttls: records.map((record) => (record as { ttl: number }).ttl),
    opt: opt
      ? { ...opt, dnssecOk: (opt.flags & 0x8000) !== 0, version: opt.ednsVersion, options: opt.options }
      : null,
    extendedErrors: (opt?.options ?? [])
      .filter(({ code }) => code === 15)
      .map(({ data }) => data.readUInt16BE(0)),
  };
}

function recordText(record: { type: string; name?: string; data?: unknown }): string {
  const { type, data } = record as { type: string; data: Record<string, unknown> | string };
  if (type === 'SOA') return `SOA ${record.name} ${(data as { minimum: number }).minimum}`;
  if (type === 'HINFO') return `HINFO ${(data as { cpu: string }).cpu}`;
  return `${type} ${String(data)}`;
}
