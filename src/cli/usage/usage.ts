// `usage`: what a VPN node runs once a day is over: its accounting becomes a report, and the report is sent.
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
import { CommandError, unknownLocation } from '../errors.js';
import { openInput } from '../input.js';
import { note, write } from '../output.js';
import { readConfig } from '../stores.js';
import { ReportSender } from './report-sender.js';

/** Progress is told in lines, one for so many of the accounting. */
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
  const usage = root.command('usage').description('A VPN server’s reports of usage.');
  usage
    .command('from-accounting')
    .description('Turn a day’s accounting into its report: one line of JSON for each part, on stdout.')
    .argument(
      '<file>',
      'CSV in UTF-8; its first line names the columns: handle, source, bytes, and optionally connected; - reads stdin',
    )
    .requiredOption('--day <day>', 'the day, in UTC, which must be over', readPastDay)
    .requiredOption('--location <id>', 'where the server stands: an id of catalogue/locations.json')
    .requiredOption('--countries <file>', 'database of countries in the MaxMind DB format (.mmdb)')
    .requiredOption('--providers <file>', 'database of autonomous systems in the MaxMind DB format (.mmdb)')
    .option('--revision <number>', 'higher than before, to correct what was sent', wholeTo(MAX_REVISION), 1)
    .option(
      '--parts <number>',
      'how many were sent before, if the correction may have fewer: the rest is taken back',
      wholeTo(MAX_PARTS),
      1,
    )
    .addHelpText(
      'after',
      `
Addresses are looked up in the two databases and go no further: neither the report nor any message has one.

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
    .description('Send reports to the gateway. What it has already counts once, so it may be repeated.')
    .argument('<file>', 'lines of from-accounting; - reads stdin')
    .requiredOption('--to <url>', 'where the gateway is reached: https, or http on this machine')
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

/** Whoever has given the wrong databases sees it here. */
function summary(rows: readonly UsageRow[], parts: number): string {
  const countries = rows.filter(({ country }) => country === UNKNOWN_COUNTRY).length;
  const providers = rows.filter(({ provider }) => provider === UNKNOWN_PROVIDER).length;
  return `parts: ${parts}, rows: ${rows.length}, without a country: ${countries}, without a provider: ${providers}`;
}

async function send(file: string, { to }: { to: string }): Promise<void> {
  const { vpnNodeToken } = await readConfig();
  if (vpnNodeToken === null) throw new CommandError('VPN_NODE_TOKEN is missing; node add prints one');
  const sender = new ReportSender(to, vpnNodeToken);
  let number = 0;
  for await (const line of createInterface({
    input: await openInput(file),
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    number += 1;
    note(`report ${number}: ${await sender.send(line)}`);
  }
  if (number === 0) throw new CommandError('there is nothing to send');
}

function readPastDay(text: string): Day {
  const day = parseDay(text);
  if (day === null) throw new InvalidArgumentError('It must be a date, such as 2026-11-22.');
  if (day >= today()) throw new InvalidArgumentError('It must be a day that is over, in UTC.');
  return day;
}

function wholeTo(most: number): (text: string) => number {
  return (text) => {
    const number = /^\d{1,4}$/.test(text) ? Number(text) : 0;
    if (number < 1 || number > most) throw new InvalidArgumentError(`It must be a number from 1 to ${most}.`);
    return number;
  };
}
