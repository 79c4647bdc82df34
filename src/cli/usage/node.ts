// `node`: the VPN servers that may report usage.
import type { Command } from 'commander';
import { locationsFile } from '../../config/catalogue.js';
import { messageOf } from '../../lib/error-codes.js';
import { loadLocations } from '../../services/usage/locations.js';
import { VpnNodeService, type VpnNodeView } from '../../services/usage/vpn-nodes.js';
import { CommandError, CommandLineError, unknownLocation } from '../errors.js';
import { note, row, write } from '../output.js';
import { keyringOf, readConfig, withDatabase } from '../stores.js';

const REPORTS = `
The token lets the server report usage at /graphql/vpn-node. It is printed once, on stdout, and is
not stored.`;

export function addNodeCommands(root: Command): void {
  const node = root.command('node').description('VPN servers that may report usage.');
  node
    .command('add')
    .description('Add a VPN server that may report usage, and print its token.')
    .argument('<name>', 'name of the server, such as berlin-1')
    .requiredOption('--location <id>', 'its location: an id of catalogue/locations.json')
    .addHelpText(
      'after',
      `${REPORTS}\n\nExample:\n  npm run --silent cli -- node add new-york-7 --location us-new-york > token`,
    )
    .action((name: string, { location }: { location: string }) => add(name, location));
  node
    .command('list')
    .description('List the VPN servers, by name.')
    .option('--json', 'one JSON object per line')
    .action(list);
  node
    .command('rotate')
    .description(
      'Rotate the token of a VPN server, and print the new one. The old one stops working immediately.',
    )
    .argument('<name>', 'name of the server')
    .addHelpText('after', REPORTS)
    .action(rotate);
  node
    .command('revoke')
    .description('Revoke the token of a VPN server immediately. What it has reported stays.')
    .argument('<name>', 'name of the server')
    .action(revoke);
}

async function add(name: string, location: string): Promise<void> {
  const locations = await loadLocations(locationsFile);
  if (!locations.has(location)) throw unknownLocation(locations);
  const outcome = await withNodes((nodes) => nodes.add(name, location));
  if (!outcome.ok) {
    const [{ code } = { code: 'INVALID_NODE_NAME' as const }] = outcome.userErrors;
    throw code === 'NODE_NAME_TAKEN'
      ? new CommandError(messageOf(code))
      : new CommandLineError(messageOf(code));
  }
  note('The server may report usage with this token, shown only this once:');
  await write(`${outcome.value.token}\n`);
}

/** Column widths for the longest names. */
const WIDTHS = [40, 16];

async function list({ json = false }: { json?: boolean }): Promise<void> {
  const nodes = await withNodes((service) => service.all());
  if (json) {
    const each = nodes.map(({ name, location }) => ({ name, location: location.id }));
    return write(each.map((node) => `${JSON.stringify(node)}\n`).join(''));
  }
  const lines = nodes.map(({ name, location }) => row([name, location.id], WIDTHS));
  await write([row(['NAME', 'LOCATION'], WIDTHS), ...lines].join(''));
}

async function rotate(name: string): Promise<void> {
  const outcome = await withNodes(async (nodes) => nodes.rotateToken((await named(nodes, name)).id));
  if (!outcome.ok) throw unknownNode();
  note('The old token no longer works. The new one, shown only this once:');
  await write(`${outcome.value}\n`);
}

async function revoke(name: string): Promise<void> {
  await withNodes(async (nodes) => nodes.revoke((await named(nodes, name)).id));
  note('The token is revoked.');
}

async function named(nodes: VpnNodeService, name: string): Promise<VpnNodeView> {
  const node = (await nodes.all()).find((each) => each.name === name);
  if (node === undefined) throw unknownNode();
  return node;
}

function unknownNode(): CommandError {
  return new CommandError('there is no such server; node list shows all');
}

async function withNodes<T>(use: (nodes: VpnNodeService) => Promise<T>): Promise<T> {
  const config = await readConfig();
  const locations = await loadLocations(locationsFile);
  return withDatabase(config, async (database) =>
    use(new VpnNodeService({ database, keyring: await keyringOf(config, database), locations })),
  );
}
