// `allowlist`: the admin's own entries, and the list of all that the dns-nodes have.
import type { Command } from 'commander';
import type { Prefix } from '../allowlist/address.js';
import type { ListedEntry } from '../allowlist/writer.js';
import { fromStart } from '../page.js';
import { readEntry, readPrefix, readRules } from './admin-entry.js';
import { CommandFault, UsageFault } from './faults.js';
import { note, row, write } from './output.js';
import { readConfig, withWriter } from './stores.js';

/** How many entries one step of `list` reads. */
const PAGE = 1000;
/** How often `clear` tells how far it is. */
const ENTRIES_PER_NOTE = 50_000;

export function addAllowlistCommands(root: Command): Command {
  const allowlist = root
    .command('allowlist')
    .description('The addresses that MediaStreamer answers.')
    .addHelpText(
      'after',
      '\nEntries made here belong to the admin. Those of accounts are theirs; both may hold one address.',
    );
  allowlist
    .command('init')
    .description('Declare the store in Redis to be the allowlist, even when it is empty.')
    .addHelpText(
      'after',
      `
Needed once after installation, and after a loss of all data that is meant to be final: until then the gateway
changes nothing and dns-nodes keep the last list that they had.`,
    )
    .action(init);
  allowlist
    .command('add')
    .description('Allow an address or a prefix, or change its region and last day.')
    .argument('<prefix>', 'such as 198.51.100.7, 198.51.100.0/24 or 2001:db8:7::/48')
    .option('--region <id>', "region of the relays (default: the catalogue's default region)")
    .option('--until <day>', 'last day, YYYY-MM-DD in UTC (default: open-ended)')
    .addHelpText(
      'after',
      '\nExample:\n  npm run cli -- allowlist add 198.51.100.0/24 --region uk --until 2027-03-31',
    )
    .action(add);
  allowlist
    .command('remove')
    .description("Remove the admin's entry, or with --every-owner everybody's.")
    .argument('<prefix>', 'exactly as it is listed')
    .option('--every-owner', 'take it from accounts too')
    .addHelpText('after', '\nExample:\n  npm run cli -- allowlist remove 198.51.100.0/24 --every-owner')
    .action(remove);
  allowlist
    .command('clear')
    .description('Take every address from everybody; all dns-nodes refuse them at once.')
    .option('--yes', 'do it, instead of telling how many there are')
    .addHelpText('after', '\nA store that is empty by accident is not believed; one that was cleared is.')
    .action(clear);
  allowlist
    .command('list')
    .description('List what is allowed, sorted by address.')
    .option('--json', 'one JSON object a line')
    .option('--within <prefix>', 'only what lies inside this prefix')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run cli -- allowlist list --within 198.51.100.0/24\n  npm run cli -- allowlist list --json > allowlist.jsonl',
    )
    .action(list);
  allowlist
    .command('stats')
    .description('Count what is allowed.')
    .option('--json', 'one JSON object')
    .action(stats);
  return allowlist;
}

async function init(): Promise<void> {
  const created = await withWriter(await readConfig(), (writer) => writer.initialise());
  await write(created ? 'initialised\n' : 'already initialised; nothing changed\n');
}

async function add(text: string, options: { region?: string; until?: string }): Promise<void> {
  const config = await readConfig();
  const rules = await readRules(config);
  const entry = readEntry({ prefix: text, region: options.region ?? '', until: options.until ?? '' }, rules);
  if (typeof entry === 'string') throw new UsageFault(entry);
  const outcome = await withWriter(config, (writer) => writer.put('admin', entry));
  await write(`${outcome}\n`);
}

async function remove(text: string, options: { everyOwner?: boolean }): Promise<void> {
  const prefix = prefixArgument(text);
  const everyOwner = options.everyOwner === true;
  const { removed, stillAllowed } = await withWriter(await readConfig(), async (writer) => {
    if (!everyOwner) return writer.remove('admin', prefix);
    return { removed: (await writer.removeEverywhere(prefix)) > 0, stillAllowed: false };
  });
  if (!removed && !stillAllowed) throw new CommandFault('not on the list');
  if (!removed)
    throw new CommandFault('not an entry of the admin, but of an account; --every-owner removes it');
  await write('removed\n');
  if (stillAllowed) note('It is still allowed: an account holds it too. --every-owner removes it there.');
}

async function clear({ yes = false }: { yes?: boolean }): Promise<void> {
  const cleared = await withWriter(await readConfig(), async (writer) => {
    const { ipv4, ipv6 } = await writer.stats();
    const addresses = ipv4 + ipv6;
    if (!yes) throw new CommandFault(`${addresses} would be removed; with --yes they are`);
    return writer.clear((done) => {
      if (done % ENTRIES_PER_NOTE === 0) note(`${done} of ${addresses}`);
    });
  });
  await write(`removed ${cleared}\n`);
}

async function list(options: { json?: boolean; within?: string }): Promise<void> {
  const within = options.within === undefined ? null : prefixArgument(options.within);
  const show = options.json ? jsonLine : tableLine;
  await withWriter(await readConfig(), async (writer) => {
    let after: string | null = null;
    let more = true;
    let headed = options.json === true;
    while (more) {
      const page = await writer.page(fromStart(PAGE, after), within);
      if (!headed) await write(row(['PREFIX', 'REGION', 'OWNERS', 'ADMIN', 'UNTIL'], WIDTHS));
      headed = true;
      await write(page.entries.map(({ value }) => show(value)).join(''));
      after = page.entries.at(-1)?.cursor ?? null;
      more = page.hasNextPage;
    }
  });
}

/** Room for every IPv4 prefix and the usual IPv6 ones; a longer cell moves its line only. */
const WIDTHS = [24, 8, 6, 5, 10];

function tableLine({ prefix, region, owners, byAdmin, lastDay }: ListedEntry): string {
  return row([prefix.text, region, String(owners), byAdmin ? 'yes' : 'no', lastDay ?? '-'], WIDTHS);
}

function jsonLine({ prefix, region, owners, byAdmin, lastDay }: ListedEntry): string {
  return `${JSON.stringify({ prefix: prefix.text, region, owners, byAdmin, until: lastDay })}\n`;
}

async function stats(options: { json?: boolean }): Promise<void> {
  const counts = await withWriter(await readConfig(), (writer) => writer.stats());
  if (options.json) return write(`${JSON.stringify(counts)}\n`);
  const widths = [8];
  await write(
    Object.entries(counts)
      .map(([name, count]) => row([name, String(count)], widths))
      .join(''),
  );
}

function prefixArgument(text: string): Prefix {
  const prefix = readPrefix(text);
  if (typeof prefix === 'string') throw new UsageFault(prefix);
  return prefix;
}
