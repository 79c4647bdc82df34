// Reads every byte below a folder once and names each place where a canary is found.
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Canary, formsOf } from './canary.js';

export interface Find {
  readonly canary: string;
  readonly form: string;
  /** Path below the scanned folder. */
  readonly file: string;
}

export interface ScanReport {
  readonly files: number;
  readonly bytes: number;
  readonly forms: number;
  readonly finds: readonly Find[];
}

interface Needle {
  readonly canary: string;
  readonly form: string;
  readonly bytes: Buffer;
}

/** Looks in the contents and in the paths of all files below `folder`. */
export function scan(folder: string, canaries: readonly Canary[]): ScanReport {
  const needles = canaries.flatMap((canary) =>
    formsOf(canary).map((form) => ({ canary: canary.label, ...form })),
  );
  const byStart = index(needles);
  const files = filesBelow(folder);
  let bytes = 0;
  const finds = files.flatMap((file) => {
    const content = Buffer.concat([Buffer.from(`${file}\0`), readFileSync(join(folder, file))]);
    bytes += content.length;
    const found = needlesIn(content, byStart);
    return [...found].map((needle) => ({ canary: needle.canary, form: needle.form, file }));
  });
  return { files: files.length, bytes, forms: needles.length, finds };
}

/** Needles by their first two bytes, so that one pass over the content serves them all. */
function index(needles: readonly Needle[]): (Needle[] | undefined)[] {
  const byStart: (Needle[] | undefined)[] = new Array(65536).fill(undefined);
  for (const needle of needles) {
    const start = needle.bytes.readUInt16BE(0);
    byStart[start] = [...(byStart[start] ?? []), needle];
  }
  return byStart;
}

function needlesIn(content: Buffer, byStart: readonly (Needle[] | undefined)[]): Set<Needle> {
  const found = new Set<Needle>();
  for (let at = 0; at + 1 < content.length; at++) {
    const candidates = byStart[(content[at]! << 8) | content[at + 1]!];
    if (candidates === undefined) continue;
    for (const needle of candidates) {
      const end = at + needle.bytes.length;
      if (end <= content.length && needle.bytes.compare(content, at, end) === 0) found.add(needle);
    }
  }
  return found;
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(folder, file), { throwIfNoEntry: false })?.isFile(),
  );
}
