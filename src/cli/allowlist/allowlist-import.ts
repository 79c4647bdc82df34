// `allowlist import`: adds many entries of the admins from a file, which is checked completely before any is applied.
import { basename } from 'node:path';
import type { Command } from 'commander';
import { labelError } from '../../input/listing.js';
import { messageOf } from '../../lib/error-codes.js';
import { CommandLineError, InterruptedError } from '../errors.js';
import { entryCount, note, write } from '../output.js';
import { showProgress } from '../progress.js';
import { readConfig, withWriter } from '../stores.js';
import { readEntry, readRules } from './admin-entry.js';
import { readImportFile } from './import-file.js';

/** Without a terminal, progress is shown in lines, one for so many entries. */
const ENTRIES_PER_LINE = 50_000;

interface ImportOptions {
  readonly label?: string;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

export function addImportCommand(allowlist: Command): void {
  allowlist
    .command('import')
    .description('Add or change the entries of a file. If a line is invalid, no entry is applied.')
    .argument(
      '<file>',
      'CSV in UTF-8, whose first line names the columns: prefix, and optionally region, families, until, label; or what list --json or list --csv wrote; - reads stdin',
    )
    .option('--label <label>', "label of every entry that has none in the file (default: the file's name)")
    .option('--dry-run', 'only check the file')
    .option('--yes', 'accept prefixes that are a large part of the internet, too')
    .addHelpText(
      'after',
      `
Entries that are not in the file stay unchanged. After an interruption, import the file again: applying an entry
twice changes nothing. To undo an import, remove the entries with its label; entries that it replaced do not come
back.

Example of a file:
  prefix,region,families,until
  198.51.100.0/24,uk,46,2027-03-31
  2001:db8:7::/48,,,

Examples:
  npm run cli -- allowlist import partners.csv --dry-run
  npm run cli -- allowlist import partners.csv --label "partners, May"
  npm run cli -- allowlist remove --label "partners, May"`,
    )
    .action(importFile);
}

async function importFile(file: string, options: ImportOptions): Promise<void> {
  const { dryRun = false, yes = false } = options;
  const label = labelOf(file, options.label);
  const config = await readConfig();
  const rules = await readRules(config);
  const { entries, ofAccounts } = await readImportFile(file, (text) =>
    readEntry({ ...text, label: text.label || label }, rules, { wide: yes }),
  );
  if (ofAccounts > 0) note(`skipped, because accounts own them: ${entryCount(ofAccounts)}`);
  if (dryRun) return write(`valid: ${entryCount(entries.length)}; nothing was applied\n`);
  const interrupted = new AbortController();
  const interrupt = () => interrupted.abort();
  process.on('SIGINT', interrupt).on('SIGTERM', interrupt);
  const undo = label === '' ? `remove --from ${quoted(file)}` : `remove --label ${quoted(label)}`;
  const { added, replaced } = await withWriter(config, async (writer) => {
    const progress = showProgress(entries.length, ENTRIES_PER_LINE);
    try {
      return await writer.putMany(entries, (done) => {
        progress.update(done);
        if (interrupted.signal.aborted && done < entries.length) throw new Stopped(done);
      });
    } catch (error) {
      throw error instanceof Stopped ? interruptedAfter(error.done, entries.length, undo) : error;
    } finally {
      progress.stop();
      process.off('SIGINT', interrupt).off('SIGTERM', interrupt);
    }
  });
  await write(`imported ${entries.length}: ${added} added, ${replaced} replaced\n`);
  if (entries.length > 0) note(`To undo it: allowlist ${undo}`);
}

class Stopped extends Error {
  constructor(readonly done: number) {
    super();
  }
}

function interruptedAfter(done: number, total: number, undo: string): InterruptedError {
  return new InterruptedError(
    `interrupted: ${done} of ${total} entries are applied. Import the file again for the rest, or undo it: allowlist ${undo}`,
  );
}

/** The label of entries that have none in the file; empty for stdin without --label. */
function labelOf(file: string, given: string | undefined): string {
  const label = given?.trim() ?? (file === '-' ? '' : basename(file).slice(0, 64));
  const userError = labelError(label, 'label');
  if (userError !== null) throw new CommandLineError(messageOf(userError.code));
  return label;
}

/** Quoted for a shell. */
function quoted(text: string): string {
  return /^[\w./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
