// Which public lists the services are compared with, and the differences that are right as they are, each with its reason.
import { z } from 'zod';
import { readJsonFile } from '../lib/json-file.js';
import { OperatorError } from '../lib/operator-error.js';

const reason = z.string().min(1, 'must give a reason');
const names = z.array(z.string().min(1)).min(1, 'must list at least one name');

export const knownDifferencesFile = z
  .strictObject({
    $schema: z.string().optional(),
    lists: z
      .record(z.string().regex(/^[a-z0-9!-]+$/, 'must be the name of a list'), z.string())
      .describe('A list of v2fly/domain-list-community, and the id of the service that it is about.'),
    theirs: z
      .array(z.strictObject({ list: z.string().optional(), names, reason }))
      .default([])
      .describe('Names that these lists have and the catalogue leaves out. * stands for any characters.'),
    ours: z
      .array(z.strictObject({ service: z.string().optional(), names, reason }))
      .default([])
      .describe('Names that the catalogue has and the lists of the service do not.'),
    siblings: z
      .array(z.strictObject({ names, reason }))
      .default([])
      .describe("Domains in certificates of services' names that the catalogue leaves out."),
  })
  .meta({ title: 'Differences between the catalogue and the world that are right as they are' });

export type KnownDifferences = z.output<typeof knownDifferencesFile>;

/** Throws OperatorError with all errors of the file. */
export async function readKnownDifferences(file: string): Promise<KnownDifferences> {
  const read = await readJsonFile(file, knownDifferencesFile);
  if ('errors' in read) throw new OperatorError(read.errors.join('\n'));
  return read.value;
}

/** Whether the name is one of those that the texts stand for; `*` stands for any characters. */
export function isAmong(name: string, texts: readonly string[]): boolean {
  return texts.some((text) => matches(name, text));
}

export function matches(name: string, text: string): boolean {
  const pattern = text.split('*').map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'));
  return new RegExp(`^${pattern.join('.*')}$`).test(name);
}
