// A JSON file of a given shape: its value, or every error with its place.
import { readFile } from 'node:fs/promises';
import { basename, isAbsolute } from 'node:path';
import type { z } from 'zod';

export type Outcome<T> = { readonly value: T } | { readonly errors: readonly string[] };

/**
 * Errors read `<base name of the file>: <place>: <what is wrong>`. `setting`: the setting that names the file. Without one, a file
 * that cannot be read is shown as it was named.
 */
export async function readJsonFile<T>(
  path: string,
  shape: z.ZodType<T>,
  setting?: string,
): Promise<Outcome<T>> {
  const file = basename(path);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    if (setting === undefined) return { errors: [`${path}: cannot be read (${code})`] };
    return { errors: [`${file}: cannot be read (${code}); ${setting} names it by ${kindOf(path)}`] };
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { errors: [`${file}: ${syntaxError(text)}`] };
  }
  const result = shape.safeParse(json, { error: wording });
  if (result.success) return { value: result.data };
  const errors = result.error.issues.map((issue) => `${file}: ${placed(issue.path, issue.message)}`);
  return { errors };
}

/** A relative path is the usual mistake: a service runs in another folder than its operator. */
function kindOf(path: string): string {
  return isAbsolute(path) ? 'an absolute path' : 'a path that is relative to the folder of the process';
}

/** `services[3].domains[1]: <error>`, or the error alone when it is about the whole file. */
function placed(path: readonly PropertyKey[], error: string): string {
  const place = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`))
    .join('')
    .replace(/^\./, '');
  return place === '' ? error : `${place}: ${error}`;
}

const KINDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  object: 'an object',
  record: 'an object',
  string: 'a string',
};

/** Messages for issues that a schema gives no message for; undefined leaves it to the schema. */
function wording(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => JSON.stringify(key)).join(', ');
    return `has a key that is not known here: ${keys}`;
  }
  if (issue.code === 'invalid_key') return issue.issues[0]?.message;
  if (issue.code !== 'invalid_type') return undefined;
  return issue.input === undefined ? 'is missing' : `must be ${KINDS[issue.expected] ?? issue.expected}`;
}

/** Found line by line, because V8 does not report the place of every error. No token of JSON spans lines. */
function syntaxError(text: string): string {
  const lines = text.trimEnd().split('\n');
  let read = '';
  for (const [index, line] of lines.entries()) {
    read += `${line}\n`;
    if (!isJsonSoFar(read)) return `line ${index + 1}: not valid JSON`;
  }
  return `line ${lines.length}: not valid JSON, it ends too early`;
}

/** Whether the text is JSON, or was until it ended. */
function isJsonSoFar(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = error instanceof Error ? error.message : '';
    const place = /at position (\d+)/.exec(message)?.[1];
    return message === 'Unexpected end of JSON input' || Number(place) === text.length;
  }
}
