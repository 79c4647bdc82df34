// `allowlist remove` and `allowlist clear`: remove one entry, those of an import, or all.
import type { Command } from 'commander';
import type { Matching } from '../../allowlist/writer.js';
import { CommandError, CommandLineError } from '../errors.js';
import { note, write } from '../output.js';
import { readConfig, withWriter } from '../stores.js';
import { prefixArgument, readPrefix } from './admin-entry.js';
import { readImportFile } from './import-file.js';

/** How often a long command shows its progress. */
const ENTRIES_PER_NOTE = 50_000;

interface RemoveOptions {
  readonly includeNetworks?: boolean;
  readonly label?: string;
  readonly within?: string;
  readonly from?: string;
  readonly dryRun?: boolean;
}

export function addRemovalCommands(allowlist: Command): void {
  allowlist
    .command('remove')
    .description('Remove entries of the admins: one, or many at once.')
    .argument('[prefix]', 'the prefix of one entry, exactly as allowlist list shows it')
    .option('--include-networks', 'with a prefix: networks of accounts lose the address, too')
    .option(
      '--label <label>',
      'all entries with this label, such as the name of the file that they were imported from',
    )
    .option('--within <prefix>', 'all entries inside this prefix')
    .option('--from <file>', 'all entries in this file, which has the format of import; - reads stdin')
    .option('--dry-run', 'with --label or --within: only count the entries')
    .addHelpText(
      'after',
      `
Examples:
  npm run cli -- allowlist remove 198.51.100.0/24 --include-networks
  npm run cli -- allowlist remove --label partners.csv
  npm run cli -- allowlist remove --within 198.51.100.0/24 --dry-run
  npm run cli -- allowlist remove --from partners.csv`,
    )
    .action(remove);
  allowlist
    .command('clear')
    .description(
      'Remove all entries of the admins, or with --include-networks the addresses of networks, too.',
    )
    .option(
      '--include-networks',
      'networks of accounts lose all addresses, too; all dns-nodes refuse them immediately',
    )
    .option('--yes', 'remove them; without --yes the command only counts them')
    .addHelpText(
      'after',
      '\nDns-nodes follow a store that was cleared. They ignore one that lost its data, and keep the last allowlist.',
    )
    .action(clear);
}

async function remove(prefix: string | undefined, options: RemoveOptions): Promise<void> {
  const { label, within, from, includeNetworks = false, dryRun = false } = options;
  const matches = label !== undefined || within !== undefined;
  const ways = [prefix !== undefined, matches, from !== undefined].filter(Boolean).length;
  if (ways !== 1)
    throw new CommandLineError('give exactly one of: a prefix, --from, or --label and --within');
  if (includeNetworks && prefix === undefined)
    throw new CommandLineError('--include-networks needs a prefix');
  if (dryRun && !matches) throw new CommandLineError('--dry-run needs --label or --within');
  if (prefix !== undefined) return removeOne(prefix, includeNetworks);
  if (from !== undefined) return removeNamed(from);
  const matching = {
    ...(label !== undefined && { label }),
    ...(within !== undefined && { within: prefixArgument(within) }),
  };
  return removeMatching(matching, dryRun);
}

async function removeOne(text: string, includeNetworks: boolean): Promise<void> {
  const prefix = prefixArgument(text);
  const { removed, stillAllowed } = await withWriter(await readConfig(), async (writer) => {
    if (!includeNetworks) return writer.remove(prefix);
    return { removed: (await writer.removeEverywhere(prefix)) > 0, stillAllowed: false };
  });
  if (!removed && !stillAllowed) throw new CommandError('there is no such entry');
  if (!removed)
    throw new CommandError(
      'networks of accounts have the address, not the admins; --include-networks removes it',
    );
  await write('removed\n');
  if (stillAllowed)
    note(
      'The address is still allowed, because a network of an account has it. --include-networks removes it there, too.',
    );
}

async function removeNamed(file: string): Promise<void> {
  const config = await readConfig();
  const { entries: prefixes } = await readImportFile(file, (text) => {
    const prefix = readPrefix(text.prefix);
    return typeof prefix === 'string' ? prefix : { prefix };
  });
  const removed = await withWriter(config, (writer) =>
    writer.removeMany(
      prefixes.map(({ prefix }) => prefix),
      progress,
    ),
  );
  await write(`removed ${removed}\n`);
  if (removed < prefixes.length) note(`${prefixes.length - removed} were not entries of the admins`);
}

async function removeMatching(matching: Matching, dryRun: boolean): Promise<void> {
  const found = await withWriter(await readConfig(), (writer) =>
    dryRun ? writer.countMatching(matching) : writer.removeMatching(matching, progress),
  );
  await write(dryRun ? `${found} would be removed\n` : `removed ${found}\n`);
}

async function clear({
  yes = false,
  includeNetworks = false,
}: {
  yes?: boolean;
  includeNetworks?: boolean;
}): Promise<void> {
  const cleared = await withWriter(await readConfig(), async (writer) => {
    if (!yes) {
      const count = includeNetworks ? (await writer.stats()).entries : await writer.countMatching({});
      throw new CommandError(`${count} would be removed; add --yes to remove them`);
    }
    return includeNetworks ? writer.clear(progress) : writer.removeMatching({}, progress);
  });
  await write(`removed ${cleared}\n`);
}

function progress(done: number): void {
  if (done > 0 && done % ENTRIES_PER_NOTE === 0) note(`${done} …`);
}
