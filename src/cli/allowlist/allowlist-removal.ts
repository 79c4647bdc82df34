// `allowlist remove` and `allowlist clear`: one entry, those of an import, or all.
import type { Command } from 'commander';
import type { Matching } from '../../allowlist/writer.js';
import { CommandError, CommandLineError } from '../errors.js';
import { note, write } from '../output.js';
import { readConfig, withWriter } from '../stores.js';
import { prefixArgument, readPrefix } from './admin-entry.js';
import { readImportFile } from './import-file.js';

/** How often a command that takes long says how far it is. */
const ENTRIES_PER_NOTE = 50_000;

interface RemoveOptions {
  readonly everyOwner?: boolean;
  readonly label?: string;
  readonly within?: string;
  readonly from?: string;
  readonly dryRun?: boolean;
}

export function addRemovalCommands(allowlist: Command): void {
  allowlist
    .command('remove')
    .description("Remove entries of the admin's: one, or many at once.")
    .argument('[prefix]', 'one, exactly as it is listed')
    .option('--every-owner', 'with a prefix: take it from accounts too')
    .option(
      '--label <label>',
      'all that have this label, such as the name of the file that they were imported from',
    )
    .option('--within <prefix>', 'all that lie inside this prefix')
    .option('--from <file>', 'all that the file names: one as for import; - reads stdin')
    .option('--dry-run', 'with --label or --within: count them, and remove none')
    .addHelpText(
      'after',
      `
Examples:
  npm run cli -- allowlist remove 198.51.100.0/24 --every-owner
  npm run cli -- allowlist remove --label partners.csv
  npm run cli -- allowlist remove --within 198.51.100.0/24 --dry-run
  npm run cli -- allowlist remove --from partners.csv`,
    )
    .action(remove);
  allowlist
    .command('clear')
    .description("Remove all entries of the admin's, or with --every-owner everybody's.")
    .option('--every-owner', 'take every address from accounts too; all dns-nodes refuse them at once')
    .option('--yes', 'do it, instead of saying how many there are')
    .addHelpText('after', '\nA store that is empty by accident is not believed; one that was cleared is.')
    .action(clear);
}

async function remove(prefix: string | undefined, options: RemoveOptions): Promise<void> {
  const { label, within, from, everyOwner = false, dryRun = false } = options;
  const matches = label !== undefined || within !== undefined;
  const ways = [prefix !== undefined, matches, from !== undefined].filter(Boolean).length;
  if (ways !== 1) throw new CommandLineError('give one of: a prefix, --from, or --label and --within');
  if (everyOwner && prefix === undefined)
    throw new CommandLineError('--every-owner goes with one prefix alone');
  if (dryRun && !matches) throw new CommandLineError('--dry-run goes with --label or --within');
  if (prefix !== undefined) return removeOne(prefix, everyOwner);
  if (from !== undefined) return removeNamed(from);
  const matching = {
    ...(label !== undefined && { label }),
    ...(within !== undefined && { within: prefixArgument(within) }),
  };
  return removeMatching(matching, dryRun);
}

async function removeOne(text: string, everyOwner: boolean): Promise<void> {
  const prefix = prefixArgument(text);
  const { removed, stillAllowed } = await withWriter(await readConfig(), async (writer) => {
    if (!everyOwner) return writer.remove('admin', prefix);
    return { removed: (await writer.removeEverywhere(prefix)) > 0, stillAllowed: false };
  });
  if (!removed && !stillAllowed) throw new CommandError('not on the list');
  if (!removed)
    throw new CommandError('not an entry of the admin, but of an account; --every-owner removes it');
  await write('removed\n');
  if (stillAllowed) note('It is still allowed: an account holds it too. --every-owner removes it there.');
}

async function removeNamed(file: string): Promise<void> {
  const config = await readConfig();
  const { entries: prefixes } = await readImportFile(file, (text) => {
    const prefix = readPrefix(text.prefix);
    return typeof prefix === 'string' ? prefix : { prefix };
  });
  const removed = await withWriter(config, (writer) =>
    writer.removeMany(
      'admin',
      prefixes.map(({ prefix }) => prefix),
      progress,
    ),
  );
  await write(`removed ${removed}\n`);
  if (removed < prefixes.length) note(`${prefixes.length - removed} were no entries of the admin`);
}

async function removeMatching(matching: Matching, dryRun: boolean): Promise<void> {
  const found = await withWriter(await readConfig(), (writer) =>
    dryRun ? writer.countMatching('admin', matching) : writer.removeMatching('admin', matching, progress),
  );
  await write(dryRun ? `${found} would be removed\n` : `removed ${found}\n`);
}

async function clear({
  yes = false,
  everyOwner = false,
}: {
  yes?: boolean;
  everyOwner?: boolean;
}): Promise<void> {
  const cleared = await withWriter(await readConfig(), async (writer) => {
    if (!yes) {
      const count = everyOwner ? (await writer.stats()).entries : await writer.countMatching('admin', {});
      throw new CommandError(`${count} would be removed; with --yes they are`);
    }
    return everyOwner ? writer.clear(progress) : writer.removeMatching('admin', {}, progress);
  });
  await write(`removed ${cleared}\n`);
}

function progress(done: number): void {
  if (done > 0 && done % ENTRIES_PER_NOTE === 0) note(`${done} …`);
}
