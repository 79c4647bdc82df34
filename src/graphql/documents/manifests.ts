// Reads manifests of listed operations in the forms that tools write: digest → text (this product, GraphQL Code Generator,
// Relay), or Apollo's manifest of persisted queries. The id of each operation must be the SHA-256 digest of its text.
import { hash } from 'node:crypto';
import { basename } from 'node:path';
import { z } from 'zod';
import { readJsonFile } from '../../lib/json-file.js';
import { OperatorError } from '../../lib/operator-error.js';

/** Lower-case hex; GraphQL Code Generator writes the prefix that requests have, too. */
const DIGEST = /^(?:sha256:)?([0-9a-f]{64})$/;
const APOLLO = 'apollo-persisted-query-manifest';

const digest = z
  .string()
  .refine((text) => DIGEST.test(text), { error: ({ input }) => digestError(String(input)) })
  .transform((text) => DIGEST.exec(text)![1]!);

const anyObject = z.record(z.string(), z.unknown());
/** The keys are digests, which are checked entry by entry. */
const textsShape = z.record(
  z.string().refine((key) => DIGEST.test(key), { error: ({ input }) => digestError(String(input)) }),
  z.string(),
);
const apolloShape = z.object({
  format: z.literal(APOLLO),
  version: z.literal(1),
  operations: z.array(z.object({ id: digest, body: z.string() })),
});

/** `message` has one error per line. None repeats a document. */
class ManifestError extends OperatorError {}

interface Entry {
  /** Its place in the file, such as `operations[3].id`. */
  readonly place: string;
  readonly digest: string;
  readonly text: string;
}

/** Digest → text, of all files together. Throws ManifestError with the errors of all files together. */
export async function readManifests(files: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const texts = new Map<string, string>();
  const errors: string[] = [];
  for (const file of files) {
    const read = await readEntries(file);
    if ('errors' in read) {
      errors.push(...read.errors);
      continue;
    }
    for (const { place, digest, text } of read.value) {
      if (hash('sha256', text) === digest) texts.set(digest, text);
      else errors.push(`${basename(file)}: ${place}: is not the SHA-256 digest of its document`);
    }
  }
  if (errors.length > 0) throw new ManifestError(errors.join('\n'));
  return texts;
}

async function readEntries(
  file: string,
): Promise<{ readonly value: readonly Entry[] } | { readonly errors: readonly string[] }> {
  const any = await readJsonFile(file, anyObject, 'OPERATIONS');
  if ('errors' in any) return any;
  if (any.value.format === APOLLO) {
    const read = await readJsonFile(file, apolloShape);
    if ('errors' in read) return read;
    const { operations } = read.value;
    return {
      value: operations.map(({ id, body }, index) => ({
        place: `operations[${index}].id`,
        digest: id,
        text: body,
      })),
    };
  }
  const read = await readJsonFile(file, textsShape);
  if ('errors' in read) return read;
  return {
    value: Object.entries(read.value).map(([key, text]) => ({
      place: key,
      digest: DIGEST.exec(key)![1]!,
      text,
    })),
  };
}

/** Recognises the digests that tools write by default. */
function digestError(text: string): string {
  if (/^[0-9a-f]{32}$/.test(text))
    return 'is an MD5 digest; have the compiler make SHA-256 (relay-compiler: algorithm SHA256)';
  if (/^(?:sha1:)?[0-9a-f]{40}$/.test(text))
    return "is a SHA-1 digest; have the generator make SHA-256 (client-preset: hashAlgorithm: 'sha256')";
  return 'is no SHA-256 digest in lower-case hex, with or without sha256: before it';
}
