// `catalogue compare`: what public lists have and the catalogue lacks, and the reverse.
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadCatalogue } from '../../catalogue/catalogue.js';
import { type KnownDifferences, readKnownDifferences } from '../../catalogue/known-differences.js';
import { knownDifferencesPath } from '../../config/catalogue.js';
import { CommandError } from '../errors.js';
import { note, write } from '../output.js';
import { readConfig } from '../stores.js';
import { compare, type Difference, type Lists } from './comparison.js';
import { parseList, type Rule } from './v2fly-list.js';

export interface CompareOptions {
  readonly known?: string;
  readonly json?: boolean;
}

/** Throws CommandError when there is a difference, or a list is missing. */
export async function compareCatalogue(folder: string, { known: file, json }: CompareOptions): Promise<void> {
  const config = await readConfig();
  const { services } = await loadCatalogue(config);
  const known = await readKnownDifferences(file ?? knownDifferencesPath);
  const ids = new Set(services.map(({ id }) => id));
  const unknown = Object.values(known.lists).filter((id) => !ids.has(id));
  if (unknown.length > 0) {
    throw new CommandError(`the known differences name services that do not exist: ${unknown.join(', ')}`);
  }
  const differences = compare(services, known, await readLists(folder, known));
  await write(json ? `${JSON.stringify({ differences })}\n` : report(differences));
  if (differences.length > 0) {
    throw new CommandError(
      `${differences.length} differences: add each name to the catalogue, or to the known differences with a reason`,
    );
  }
}

/** `folder`: a checkout of v2fly/domain-list-community, or its folder `data`. */
async function readLists(folder: string, known: KnownDifferences): Promise<Lists> {
  const lists = new Map<string, readonly Rule[]>();
  const missing: string[] = [];
  for (const list of Object.keys(known.lists)) {
    const text = (await readList(join(folder, 'data', list))) ?? (await readList(join(folder, list)));
    if (text === null) missing.push(list);
    else {
      const { rules, unread } = parseList(text);
      if (unread > 0) note(`${list}: ${unread} lines have a form that is not known here`);
      lists.set(list, rules);
    }
  }
  if (lists.size === 0) {
    throw new CommandError(
      'the folder has none of the lists: it must be a checkout of v2fly/domain-list-community',
    );
  }
  if (missing.length > 0) {
    throw new CommandError(
      `the folder has no list ${missing.join(', ')}; it must be a checkout of v2fly/domain-list-community`,
    );
  }
  return lists;
}

async function readList(file: string): Promise<string | null> {
  return readFile(file, 'utf8').catch(() => null);
}

const TITLES: Readonly<Record<Difference['kind'], string>> = {
  theirs: 'The lists have, and the catalogue lacks:',
  ours: 'The catalogue has, and the lists lack:',
  unused: 'Known differences that nothing needs any more:',
};

function report(differences: readonly Difference[]): string {
  if (differences.length === 0) return 'ok: no differences but the known ones\n';
  const kinds = (['theirs', 'ours', 'unused'] as const).flatMap((kind) => {
    const lines = differences.filter((each) => each.kind === kind).map(lineOf);
    return lines.length === 0 ? [] : [[TITLES[kind], ...lines].join('\n')];
  });
  return `${kinds.join('\n\n')}\n`;
}

function lineOf({ name, service, list }: Difference): string {
  const where = [service ?? '', list === null ? '' : `list ${list}`].filter((text) => text !== '');
  return `  ${name}${where.length > 0 ? `  (${where.join(', ')})` : ''}`;
}
