// `catalogue`: checks the files of services and regions before a process reads them, and compares them with the world.
import { Resolver } from 'node:dns';
import { type Command, InvalidArgumentError } from 'commander';
import { wholeTo } from '../arguments.js';
import { checkCatalogue } from './check.js';
import { compareCatalogue } from './compare.js';

export function addCatalogueCommands(root: Command): void {
  const catalogue = root.command('catalogue').description('Streaming services, regions and their relays.');
  catalogue
    .command('check')
    .description('Check the catalogue and the regions, and list all errors with their places.')
    .argument('[catalogue]', 'file of streaming services (default: CATALOGUE, or the shipped one)')
    .argument('[regions]', 'file of regions and relays (default: REGIONS, or the shipped one)')
    .option('--json', 'print the result as JSON')
    .option('--live', 'look each name up: what is gone, parked, or missing beside it')
    .option(
      '--resolver <address>',
      'with --live: the resolver, such as 192.0.2.53 or [2001:db8::53]:5353; never a dns-node (default: those of this machine)',
      readResolver,
    )
    .option('--parallel <number>', 'with --live: names at once (default: 16)', wholeTo(64))
    .option('--timeout <seconds>', 'with --live: for one lookup or handshake (default: 5)', wholeTo(60))
    .option('--deadline <minutes>', 'with --live: for all of it (default: 10)', wholeTo(1440))
    .option('--tls-port <port>', 'with --live: the port of certificates (default: 443)', wholeTo(65_535))
    .option('--known <file>', 'with --live: known differences (default: the shipped ones)')
    .addHelpText(
      'after',
      `
A running process reads changed files on SIGHUP. When they have errors, it keeps the old ones.

With --live the exit code is 1 when a name is gone, parked, without an answer or not reached, or when a certificate
names a domain that the catalogue lacks. It asks for every name, at the resolver and at the services: not from a relay.

Examples:
  npm run cli -- catalogue check
  npm run cli -- catalogue check new-services.json new-regions.json
  npm run cli -- catalogue check --live --resolver 192.0.2.53`,
    )
    .action(checkCatalogue);
  catalogue
    .command('compare')
    .description('Compare the services with the lists of v2fly/domain-list-community.')
    .argument('<folder>', 'a checkout of the lists')
    .option(
      '--known <file>',
      'known differences, and which list is about which service (default: the shipped ones)',
    )
    .option('--json', 'print the differences as JSON')
    .addHelpText(
      'after',
      `
The exit code is 1 when one side has a name that the other lacks, or a known difference is one no more.

Example:
  git clone --depth 1 https://github.com/v2fly/domain-list-community lists
  npm run cli -- catalogue compare lists`,
    )
    .action(compareCatalogue);
}

function readResolver(text: string): string {
  try {
    new Resolver().setServers([text]);
    return text;
  } catch {
    throw new InvalidArgumentError('It must be an address, with a port where it is not 53.');
  }
}
