// `admin`: the people who may manage the allowlist over GraphQL.
import type { Command } from 'commander';
import { createAdmin, InvalidEmail } from '../services/staff.js';
import { UsageFault } from './faults.js';
import { note, write } from './output.js';
import { readConfig, withAccounts } from './stores.js';

export function addAdminCommands(root: Command): void {
  const admin = root.command('admin').description('People who may manage the allowlist.');
  admin
    .command('create')
    .description('Make an admin, or make an existing account one.')
    .argument('<email>', 'e-mail address of the account')
    .addHelpText(
      'after',
      `
A new account's password is generated and printed once, on stdout; it is stored only as a hash. An existing
account keeps its password.

Example:
  npm run cli -- admin create staff@example.net`,
    )
    .action(create);
}

async function create(email: string): Promise<void> {
  const config = await readConfig();
  const result = await withAccounts(config, (accounts) => createAdmin(accounts, email)).catch((error) => {
    throw error instanceof InvalidEmail ? new UsageFault(error.message) : error;
  });
  if (result.outcome === 'promoted') {
    note('The account is an admin now; its password is unchanged. Sign in again to use the new role.');
    return;
  }
  note('Admin created. The password, shown only this once:');
  await write(`${result.password}\n`);
}
