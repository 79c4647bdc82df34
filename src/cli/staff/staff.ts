// `staff` and `admin`: the people who run the product.
import { type Command, Option } from 'commander';
import { USER_ERROR_MESSAGES } from '../../input/user-error.js';
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
account keeps its password, and has to sign in again. Staff can do nothing before they have a second factor:
sign in, call stepUp with the password, then startTotp and confirmTotp, or register a passkey.
`;

export function addStaffCommands(root: Command): void {
  const staff = root.command('staff').description('People who run the product.');
  staff
    .command('create')
    .description('Make an account of staff, or give the role to an existing account.')
    .argument('<email>', 'e-mail address of the account')
    .addOption(new Option('--role <role>', 'what it may do').choices(STAFF_ROLES).makeOptionMandatory())
    .addHelpText(
      'after',
      `${AFTERWARDS}
Example:
  npm run cli -- staff create anna@example.net --role support`,
    )
    .action((email: string, { role }: { role: StaffRole }) => create(email, role));

  staff
    .command('list')
    .description('Show everybody who runs the product, by e-mail address.')
    .option('--json', 'one JSON object a line')
    .addHelpText(
      'after',
      `
Without a second factor somebody can do nothing. "requests" are the open rights requests that they have taken.

Example:
  npm run cli -- staff list`,
    )
    .action(({ json }: { json?: true }) => list(json === true));
  staff
    .command('remove')
    .description('Take the role away: the account is a customer’s from now on.')
    .argument('<email>', 'e-mail address of the account')
    .addHelpText(
      'after',
      `
Their sessions end at once, and the rights requests that they have taken are free again. The only admin stays one.

Example:
  npm run cli -- staff remove anna@example.net`,
    )
    .action((email: string) => remove(email));

  const admin = root.command('admin').description('People who may manage the allowlist.');
  admin
    .command('create')
    .description('Make an admin, or make an existing account one: staff create --role admin.')
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
  if (result.outcome === 'last-admin') throw new CommandError(USER_ERROR_MESSAGES.LAST_ADMIN);
  if (result.outcome === 'changed') {
    note(
      `The account has the role ${role} now; its password is unchanged. Sign in again to use the new role.`,
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
  if (!outcome.ok) throw new CommandError(USER_ERROR_MESSAGES[outcome.userErrors[0]!.code]);
  note('The account is a customer’s now; its sessions have ended.');
}
