// `usage`: what a VPN node runs when a day is over: it turns the accounting into a report, and sends the report.
import { createInterface } from 'node:readline';
import { type Command, InvalidArgumentError } from 'commander';
import { locationsFile } from '../../config/catalogue.js';
import { type Day, parseDay, today } from '../../lib/calendar.js';
import { loadLocations } from '../../services/usage/locations.js';
import { reportsOf, usageOf } from '../../usage-reporter/accounting.js';
import { Networks } from '../../usage-reporter/networks.js';
import {
  MAX_PARTS,
  MAX_REVISION,
  UNKNOWN_COUNTRY,
  UNKNOWN_PROVIDER,
  type UsageRow,
} from '../../usage-reporter/report.js';
import { wholeTo } from '../arguments.js';
import { CommandError, unknownLocation } from '../errors.js';
import { openInput } from '../input.js';
import { note, write } from '../output.js';
import { readConfig } from '../stores.js';
import { ReportSender } from './report-sender.js';

/** Progress is shown once for so many lines of accounting. */
const LINES_PER_NOTE = 1_000_000;

interface FromAccounting {
  readonly day: Day;
  readonly location: string;
  readonly countries: string;
  readonly providers: string;
  readonly revision: number;
  readonly parts: number;
}

export function addUsageCommands(root: Command): void {
  const usage = root.command('usage').description('Usage reports of a VPN server.');
  usage
    .command('from-accounting')
    .description(
      'Turn the accounting of one day into its usage report: one line of JSON for each part, on stdout.',
    )
    .argument(
      '<file>',
      'CSV in UTF-8; its first line names the columns: handle, source, bytes, and optionally connected; - reads stdin',
    )
    .requiredOption('--day <day>', 'the day in UTC; it must be over', readPastDay)
    .requiredOption('--location <id>', 'location of the server: an id of catalogue/locations.json')
    .requiredOption('--countries <file>', 'database of countries in the MaxMind DB format (.mmdb)')
    .requiredOption('--providers <file>', 'database of autonomous systems in the MaxMind DB format (.mmdb)')
    .option('--revision <number>', 'number of the correction, higher than before', wholeTo(MAX_REVISION), 1)
    .option(
      '--parts <number>',
      'number of parts that were sent before; those that the correction no longer has are withdrawn',
      wholeTo(MAX_PARTS),
      1,
    )
    .addHelpText(
      'after',
      `
IP addresses are only looked up in the two databases. Neither the report nor a message contains one.

Example of an accounting:
  handle,source,bytes,connected
  0b9c0f6e-53a9-4c8a-9d0e-7a3f0c1b2d4e,203.0.113.7,823000000,true

Example:
  npm run --silent cli -- usage from-accounting accounting.csv --day 2026-11-22 --location us-new-york \\
    --countries country.mmdb --providers asn.mmdb | npm run --silent cli -- usage send - --to https://api.example.com`,
    )
    .action(fromAccounting);
  usage
    .command('send')
    .description('Send usage reports to the gateway. A report that is sent again counts once.')
    .argument('<file>', 'output of from-accounting; - reads stdin')
    .requiredOption('--to <url>', 'URL of the gateway: https, or http on this machine')
    .addHelpText(
      'after',
      `
The server’s token is read from VPN_NODE_TOKEN.

Example:
  VPN_NODE_TOKEN=$(cat token) npm run cli -- usage send report.ndjson --to https://api.example.com`,
    )
    .action(send);
}

async function fromAccounting(file: string, options: FromAccounting): Promise<void> {
  const { day, location, countries, providers, revision, parts } = options;
  const locations = await loadLocations(locationsFile);
  if (!locations.has(location)) throw unknownLocation(locations);
  const networks = await Networks.open({ countries, providers });
  const rows = await usageOf(await openInput(file), location, networks, (line) => {
    if (line % LINES_PER_NOTE === 0) note(`${line} lines read`);
  });
  const reports = reportsOf(rows, { day, revision, least: parts });
  for (const report of reports) await write(`${JSON.stringify(report)}\n`);
  note(summary(rows, reports.length));
}

/** High numbers here show that the databases are the wrong ones. */
function summary(rows: readonly UsageRow[], parts: number): string {
  const countries = rows.filter(({ country }) => country === UNKNOWN_COUNTRY).length;
  const providers = rows.filter(({ provider }) => provider === UNKNOWN_PROVIDER).length;
  return `parts: ${parts}, rows: ${rows.length}, without a country: ${countries}, without a provider: ${providers}`;
}

async function send(file: string, { to }: { to: string }): Promise<void> {
  const { vpnNodeToken } = await readConfig();
  if (vpnNodeToken === null) throw new CommandError('VPN_NODE_TOKEN is missing; run node add to get one');
  const sender = new ReportSender(to, vpnNodeToken);
  let number = 0;
  for await (const line of createInterface({
    input: await openInput(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number += 1;
    note(`report ${number}: ${await sender.send(line)}`);
  }
  if (number === 0) throw new CommandError('the file has no reports');
}

function readPastDay(text: string): Day {
  const day = parseDay(text);
  if (day === null) throw new InvalidArgumentError('It must be a date, such as 2026-11-22.');
  if (day >= today()) throw new InvalidArgumentError('It must be a day that is over, in UTC.');
  return day;
}
