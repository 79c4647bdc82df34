// `staff` and `admin`: the accounts of staff.
import { type Command, Option } from 'commander';
import { messageOf } from '../../lib/error-codes.js';
import {
  createStaff,
  dismiss,
  InvalidEmail,
  listStaff,
  STAFF_ROLES,
  type StaffRole,
} from '../../services/staff/staff.js';
import { CommandError, CommandLineError } from '../errors.js';
import { note, row, write } from '../output.js';
import { readConfig, withPeople } from '../stores.js';

const AFTERWARDS = `
A new account's password is generated and printed once, on stdout; it is stored only as a hash. An existing
account keeps its password, and its sessions end; when it has the role already, the command fails. Staff need a second
factor before they can do anything: sign in, call stepUp with the password, then startTotp and confirmTotp, or register
a passkey.
`;

export function addStaffCommands(root: Command): void {
  const staff = root.command('staff').description('Members of staff and their roles.');
  staff
    .command('create')
    .description('Create a staff account, or give an existing account the role.')
    .argument('<email>', 'e-mail address of the account')
    .addOption(new Option('--role <role>', 'role of the account').choices(STAFF_ROLES).makeOptionMandatory())
    .addHelpText(
      'after',
      `${AFTERWARDS}
Example:
  npm run cli -- staff create anna@example.net --role support`,
    )
    .action((email: string, { role }: { role: StaffRole }) => create(email, role));

  staff
    .command('list')
    .description('List the members of staff, by e-mail address.')
    .option('--json', 'one JSON object per line')
    .addHelpText(
      'after',
      `
A member of staff without a second factor can do nothing. "requests" counts the open rights requests that they have taken.

Example:
  npm run cli -- staff list`,
    )
    .action(({ json }: { json?: true }) => list(json === true));
  staff
    .command('remove')
    .description('Remove the role: the account becomes a customer’s.')
    .argument('<email>', 'e-mail address of the account')
    .addHelpText(
      'after',
      `
The sessions of the account end immediately, and the rights requests that it has taken return to the queue. The last
admin cannot be removed.

Example:
  npm run cli -- staff remove anna@example.net`,
    )
    .action((email: string) => remove(email));

  const admin = root.command('admin').description('Admins, who may manage the allowlist.');
  admin
    .command('create')
    .description('Create an admin, or make an existing account one. The same as staff create --role admin.')
    .argument('<email>', 'e-mail address of the account')
    .addHelpText(
      'after',
      `${AFTERWARDS}
Example:
  npm run cli -- admin create staff@example.net`,
    )
    .action((email: string) => create(email, 'admin'));
}

async function create(email: string, role: StaffRole): Promise<void> {
  const config = await readConfig();
  const result = await withPeople(config, (stores) => createStaff(stores, email, role)).catch((error) => {
    throw error instanceof InvalidEmail ? new CommandLineError(error.message) : error;
  });
  if (result.outcome === 'last-admin') throw new CommandError(messageOf('LAST_ADMIN'));
  if (result.outcome === 'unchanged') {
    throw new CommandError(`The account has the role ${role} already. Nothing was changed.`);
  }
  if (result.outcome === 'changed') {
    note(
      `The account has the role ${role} now. Its password is unchanged. Sign in again to use the new role.`,
    );
    return;
  }
  note(`Account created with the role ${role}. The password, shown only this once:`);
  await write(`${result.password}\n`);
}

const WIDTHS = [40, 8, 14] as const;

async function list(json: boolean): Promise<void> {
  const staff = await withPeople(await readConfig(), ({ database }) => listStaff(database));
  if (json) {
    for (const each of staff) await write(`${JSON.stringify(each)}\n`);
    return;
  }
  note(row(['EMAIL', 'ROLE', 'SECOND FACTOR', 'REQUESTS'], WIDTHS).trimEnd());
  for (const { email, role, secondFactor, openRequests } of staff) {
    await write(row([email, role, secondFactor ? 'yes' : 'no', String(openRequests)], WIDTHS));
  }
}

async function remove(email: string): Promise<void> {
  const outcome = await withPeople(await readConfig(), (stores) => dismiss(stores, email));
  if (!outcome.ok) throw new CommandError(messageOf(outcome.userErrors[0]!.code));
  note('The account is a customer’s now; its sessions have ended.');
}
