// The command line: which commands there are, and how each outcome ends. 0 done, 1 not done, 2 not understood, 130
// interrupted.
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { productRoot } from '../config/catalogue.js';
import { errorLines } from '../runtime/error-lines.js';
import { addAfterRestoreCommand } from './after-restore.js';
import { addAllowlistCommands } from './allowlist/allowlist.js';
import { addImportCommand } from './allowlist/allowlist-import.js';
import { addRemovalCommands } from './allowlist/allowlist-removal.js';
import { addCatalogueCommands } from './catalogue.js';
import { addClockCommand } from './clock.js';
import { addDoctorCommand } from './doctor/doctor.js';
import { CommandLineError, InterruptedError } from './errors.js';
import { addMigrateCommand } from './migrate.js';
import { note } from './output.js';
import { addPolicyCommands } from './policy.js';
import { addRetentionCommand } from './retention.js';
import { addSecretKeyCommands } from './secret-key.js';
import { addDiscloseCommand } from './staff/disclose.js';
import { addStaffCommands } from './staff/staff.js';
import { addTotpCommand } from './staff/totp.js';
import { addNodeCommands } from './usage/node.js';
import { addUsageCommands } from './usage/usage.js';

const { version } = JSON.parse(readFileSync(`${productRoot}package.json`, 'utf8')) as { version: string };

const HELP = `
Settings come from the environment (DATABASE_URL, REDIS_URL, …); when it names no store, from the npm start
that runs in this folder.

Examples:
  npm run cli -- doctor
  npm run cli -- admin create staff@example.net
  npm run cli -- allowlist add 198.51.100.0/24 --region uk --until 2027-03-31
  npm run cli -- allowlist import partners.csv

Exit codes: 0 done, 1 not done, 2 the command was not understood, 130 interrupted.`;

export function program(): Command {
  const root = new Command('cyberspacevpn')
    .version(version, '--version', 'print the version')
    .description('Administration of the gateway and its allowlist.')
    .addHelpText('after', HELP)
    .showHelpAfterError('(--help tells more)')
    // Commander repeats arguments that it has no place for: one may be a secret.
    .configureOutput({
      outputError: (text, write) => write(text.replace(/(but got \d+): .*$/m, '$1.')),
    })
    .exitOverride();
  addStaffCommands(root);
  addTotpCommand(root);
  addNodeCommands(root);
  const allowlist = addAllowlistCommands(root);
  addRemovalCommands(allowlist);
  addImportCommand(allowlist);
  addCatalogueCommands(root);
  addPolicyCommands(root);
  addUsageCommands(root);
  addRetentionCommand(root);
  addClockCommand(root);
  addMigrateCommand(root);
  addSecretKeyCommands(root);
  addDiscloseCommand(root);
  addAfterRestoreCommand(root);
  addDoctorCommand(root);
  return root;
}

/** Runs the command of `args` (without the program's own name) and answers the exit code. */
export async function run(args: readonly string[]): Promise<0 | 1 | 2 | 130> {
  try {
    await program().parseAsync(args, { from: 'user' });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    note(errorLines(error));
    if (error instanceof InterruptedError) return 130;
    return error instanceof CommandLineError ? 2 : 1;
  }
}
