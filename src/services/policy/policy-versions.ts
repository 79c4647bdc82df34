// The versions of the privacy policy: files with fixed hashes, so that a text that people have accepted cannot change.
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';
import { z } from 'zod';
import { type Day, parseDay, today } from '../../lib/calendar.js';
import { PolicyFileError, readPolicyFile } from '../../lib/policy-file.js';
import { errorFields, type Logger } from '../../runtime/log.js';

const text = z.string().min(1, 'must not be empty');

const versionsFile = z
  .array(
    z.strictObject({
      version: z.string().regex(/^[\w.-]{1,40}$/, 'must be 1 to 40 letters, digits, dots and hyphens'),
      file: z.string().regex(/^[\w-][\w.-]*$/, 'must be the name of a file in the same folder'),
      sha256: z.string().regex(/^[0-9a-f]{64}$/, 'must be 64 hexadecimal digits in lower case'),
      effectiveOn: z.string().refine((value) => parseDay(value) !== null, 'must be a day: YYYY-MM-DD'),
      material: z.boolean(),
      /** Of the text. */
      language: z.enum(['en', 'de', 'es'], 'must be en, de or es').default('en'),
      summary: z.strictObject({ en: text, de: text, es: text }),
    }),
  )
  .min(1, 'must list at least one version');

type Entry = z.output<typeof versionsFile>[number];

export interface PolicyVersion {
  /** Short; unique. */
  readonly version: string;
  /** The first day (UTC) on which it is in force. */
  readonly effectiveOn: Day;
  /** Whether it changes what happens to people's data; then it is announced before it takes effect. */
  readonly material: boolean;
  /** Of the text's bytes, in hexadecimal. */
  readonly sha256: string;
  readonly text: string;
  /** The language of the text, which is the binding one. */
  readonly language: 'en' | 'de' | 'es';
  /** What has changed, by the language of the reader. */
  readonly summary: Readonly<Record<'en' | 'de' | 'es', string>>;
  /** Changes from the previous version, as a unified diff; null for the first. */
  readonly diff: string | null;
}

/** At least one, in the order of their days. The first is in force on the day `now`. */
type Versions = readonly [PolicyVersion, ...PolicyVersion[]];

/**
 * Throws PolicyFileError with every error of the list and of the files that it names. `setting`: the setting that names the list;
 * null when a person has named it.
 */
export async function loadPolicyVersions(
  path: string,
  now: Day = today(),
  setting: 'POLICY' | null = 'POLICY',
): Promise<Versions> {
  const entries = await readPolicyFile(path, versionsFile, undefined, setting ?? undefined);
  const texts = await Promise.all(
    entries.map(({ file, sha256 }) => readText(join(dirname(path), file), sha256)),
  );
  const errors = [
    ...orderErrors(entries, now),
    ...texts.flatMap((read, index) => ('error' in read ? [`[${index}].${read.error}`] : [])),
  ];
  if (errors.length > 0) throw new PolicyFileError(errors.map((error) => `${basename(path)}: ${error}`));
  const versions: PolicyVersion[] = [];
  for (const [index, { file: _, ...entry }] of entries.entries()) {
    const read = texts[index]!;
    const text = 'text' in read ? read.text : '';
    const diff = difference(versions.at(-1), { version: entry.version, text });
    versions.push({ ...entry, effectiveOn: entry.effectiveOn as Day, text, diff });
  }
  return versions as unknown as Versions;
}

function orderErrors(entries: readonly Entry[], now: Day): string[] {
  const errors = entries.flatMap((entry, index) => {
    const first = entries.findIndex(({ version }) => version === entry.version);
    const before = entries[index - 1];
    return [
      ...(first < index ? [`[${index}].version: "${entry.version}" is already at [${first}]`] : []),
      ...(before !== undefined && before.effectiveOn >= entry.effectiveOn
        ? [`[${index}].effectiveOn: must be later than that of the version before`]
        : []),
    ];
  });
  const inForce = entries[0]!.effectiveOn <= now;
  return inForce ? errors : [...errors, '[0].effectiveOn: no version is in force today (UTC)'];
}

async function readText(path: string, sha256: string): Promise<{ text: string } | { error: string }> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    return { error: `file: cannot be read (${errorFields(error).code ?? 'unknown error'})` };
  }
  const actual = createHash('sha256').update(bytes).digest('hex');
  if (actual !== sha256) return { error: `sha256: is not the file's, which is ${actual}` };
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes) };
  } catch {
    return { error: 'file: is not UTF-8' };
  }
}

type Text = Pick<PolicyVersion, 'version' | 'text'>;

function difference(old: Text | undefined, next: Text): string | null {
  if (old === undefined) return null;
  return createTwoFilesPatch(old.version, next.version, old.text, next.text, undefined, undefined, {
    headerOptions: FILE_HEADERS_ONLY,
  });
}

export interface LivePolicyVersions {
  /** In the order of their days. */
  all(): readonly PolicyVersion[];
  /** The newest version in force today (UTC). */
  current(): PolicyVersion;
  /** Reads the files again. Never rejects: errors are counted in the log, and the old versions stay. */
  reload(): Promise<void>;
}

/** Throws PolicyFileError when the files are invalid at the start. `now`: milliseconds since the epoch. */
export async function openPolicyVersions(
  path: string,
  log: Logger,
  now: () => number = Date.now,
): Promise<LivePolicyVersions> {
  let versions = await loadPolicyVersions(path, today(now()));
  return {
    all: () => versions,
    current() {
      const day = today(now());
      return versions.findLast(({ effectiveOn }) => effectiveOn <= day) ?? versions[0];
    },
    async reload() {
      try {
        versions = await loadPolicyVersions(path, today(now()));
        log.info('policy.loaded', { part: 'policy', count: versions.length });
      } catch (error) {
        const count = error instanceof PolicyFileError ? error.errors.length : 1;
        log.warn('policy.refused', { part: 'policy', count });
      }
    },
  };
}
