// `allowlist import`: many entries of the admin at once, from a file that is checked whole before any is applied.
import { SingleBar } from 'cli-progress';
import type { Command } from 'commander';
import { readEntry, readRules } from './admin-entry.js';
import { readImportFile } from './import-file.js';
import { note, write } from './output.js';
import { readConfig, withWriter } from './stores.js';

/** Without a terminal, progress is told in lines, one for so many entries. */
const ENTRIES_PER_LINE = 50_000;

export function addImportCommand(allowlist: Command): void {
  allowlist
    .command('import')
    .description('Add or change the entries of a CSV file; one bad line, and nothing of it is applied.')
    .argument(
      '<file>',
      'CSV in UTF-8; its first line names the columns: prefix, and optionally region, until',
    )
    .addHelpText(
      'after',
      `
Entries that the file does not name stay as they are. After an interruption, import the file again: what was
applied already is put in its place once more.

Example of a file:
  prefix,region,until
  198.51.100.0/24,uk,2027-03-31
  2001:db8:7::/48,,`,
    )
    .action(importFile);
}

async function importFile(file: string): Promise<void> {
  const config = await readConfig();
  const rules = await readRules(config);
  const entries = await readImportFile(file, (text) => readEntry(text, rules));
  const { added, replaced } = await withWriter(config, async (writer) => {
    const progress = showProgress(entries.length);
    try {
      return await writer.putMany('admin', entries, progress.update);
    } finally {
      progress.stop();
    }
  });
  await write(`imported ${entries.length}: ${added} added, ${replaced} replaced\n`);
}

function showProgress(total: number): { update(done: number): void; stop(): void } {
  if (process.stderr.isTTY) {
    const bar = new SingleBar({ stream: process.stderr, format: '{bar} {value}/{total}', hideCursor: true });
    bar.start(total, 0);
    return { update: (done) => bar.update(done), stop: () => bar.stop() };
  }
  return {
    update: (done) => {
      if (done % ENTRIES_PER_LINE === 0) note(`${done} of ${total}`);
    },
    stop: () => {},
  };
}
