// `allowlist`: initialises the store, adds entries of the admins, and lists and counts all entries.
import type { Command } from 'commander';
import type { ListedEntry } from '../../allowlist/writer.js';
import { fromStart } from '../../lib/pages.js';
import { CommandLineError } from '../errors.js';
import { row, write } from '../output.js';
import { readConfig, withWriter } from '../stores.js';
import { prefixArgument, readEntry, readRules } from './admin-entry.js';

/** How many entries one step of `list` reads. */
const PAGE = 1000;

export function addAllowlistCommands(root: Command): Command {
  const allowlist = root
    .command('allowlist')
    .description('The IP addresses that may use MediaStreamer.')
    .addHelpText(
      'after',
      '\nEntries that are added here belong to the admins. Networks of accounts may have the same address.',
    );
  allowlist
    .command('init')
    .description('Initialise the allowlist in Redis. Entries that are already there stay.')
    .addHelpText(
      'after',
      `
Run it once after installation, and after a loss of all data that cannot be restored. Until then the gateways change
no entry, and dns-nodes keep the last allowlist that they had.`,
    )
    .action(init);
  allowlist
    .command('add')
    .description('Allow an address or a prefix, or change its region, families and last day.')
    .argument('<prefix>', 'such as 198.51.100.7, 198.51.100.0/24 or 2001:db8:7::/48')
    .option('--region <id>', 'region of the relays (default: automatic)')
    .option(
      '--families <list>',
      'over which devices there reach relays: 4, 6 or 46 (default: that of the prefix)',
    )
    .option('--until <day>', 'last day, YYYY-MM-DD in UTC (default: open-ended)')
    .option('--label <label>', 'label of the entry')
    .option('--yes', 'accept a prefix that is a large part of the internet, too')
    .addHelpText(
      'after',
      '\nExample:\n  npm run cli -- allowlist add 198.51.100.0/24 --region uk --until 2027-03-31',
    )
    .action(add);
  allowlist
    .command('list')
    .description('List all entries, sorted by address.')
    .option('--json', 'one JSON object per line')
    .option('--csv', 'CSV with a header line; import reads this and --json')
    .option('--within <prefix>', 'only entries inside this prefix')
    .addHelpText(
      'after',
      '\nExamples:\n  npm run cli -- allowlist list --within 198.51.100.0/24\n  npm run cli -- allowlist list --json > allowlist.jsonl',
    )
    .action(list);
  allowlist
    .command('stats')
    .description('Count the entries.')
    .option('--json', 'one JSON object')
    .action(stats);
  return allowlist;
}

async function init(): Promise<void> {
  const created = await withWriter(await readConfig(), (writer) => writer.initialise());
  await write(created ? 'initialised\n' : 'already initialised; nothing changed\n');
}

interface AddOptions {
  readonly region?: string;
  readonly families?: string;
  readonly until?: string;
  readonly label?: string;
  readonly yes?: boolean;
}

async function add(prefix: string, options: AddOptions): Promise<void> {
  const { region = '', families = '', until = '', label = '', yes = false } = options;
  const config = await readConfig();
  const rules = await readRules(config);
  const entry = readEntry({ prefix, region, families, until, label }, rules, { wide: yes });
  if (typeof entry === 'string') throw new CommandLineError(entry);
  const outcome = await withWriter(config, (writer) => writer.put(entry));
  await write(`${outcome}\n`);
}

interface ListOptions {
  readonly json?: boolean;
  readonly csv?: boolean;
  readonly within?: string;
}

async function list(options: ListOptions): Promise<void> {
  if (options.json && options.csv) throw new CommandLineError('give --json or --csv');
  const within = options.within === undefined ? null : prefixArgument(options.within);
  const { header, show } = options.json ? JSON_LINES : options.csv ? CSV : TABLE;
  await withWriter(await readConfig(), async (writer) => {
    let after: string | null = null;
    let more = true;
    let heading = header;
    while (more) {
      const page = await writer.page(fromStart(PAGE, after), within);
      await write(heading + page.entries.map(({ value }) => show(value)).join(''));
      heading = '';
      after = page.entries.at(-1)?.cursor ?? null;
      more = page.hasNextPage;
    }
  });
}

/** Room for every IPv4 prefix and the usual IPv6 ones; a longer cell moves its line only. */
const WIDTHS = [24, 8, 8, 6, 5, 10];

interface Format {
  readonly header: string;
  show(entry: ListedEntry): string;
}

/** Regions of single services belong to networks, and are not shown. */
const TABLE: Format = {
  header: row(['PREFIX', 'REGION', 'FAMILIES', 'OWNERS', 'ADMIN', 'UNTIL', 'LABEL'], WIDTHS),
  show: ({ prefix, profile: { region, families }, owners, byAdmin, lastDay, label }) =>
    row(
      [prefix.text, region ?? '-', families, String(owners), byAdmin ? 'yes' : 'no', lastDay ?? '-', label],
      WIDTHS,
    ),
};

const JSON_LINES: Format = {
  header: '',
  show: ({ prefix, profile: { region, families }, owners, byAdmin, lastDay, label }) =>
    `${JSON.stringify({ prefix: prefix.text, region, families, owners, byAdmin, until: lastDay, label })}\n`,
};

const CSV: Format = {
  header: 'prefix,region,families,until,label,owners,byAdmin\n',
  show: ({ prefix, profile: { region, families }, owners, byAdmin, lastDay, label }) => {
    const quoted = /[",;\n]/.test(label) ? `"${label.replaceAll('"', '""')}"` : label;
    const cells = [
      prefix.text,
      region ?? '',
      families,
      lastDay ?? '',
      quoted,
      owners,
      byAdmin ? 'yes' : 'no',
    ];
    return `${cells.join()}\n`;
  },
};

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
