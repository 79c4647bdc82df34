// `disclose`: writes the data export of a person to a file, for an authority or for the person.
import { stat } from 'node:fs/promises';
import type { Command } from 'commander';
import { AllowlistWriter } from '../../allowlist/writer.js';
import type { CliConfig } from '../../config/cli.js';
import { authoritiesFile, dataInventoryFile, privacyLawsFile, processorsFile } from '../../config/policy.js';
import { databaseStatements } from '../../db/database-statements.js';
import { REFERENCE } from '../../input/reference.js';
import { Outbox } from '../../mail/outbox.js';
import { AccountService } from '../../services/account/account.js';
import { loadDataInventory } from '../../services/data-inventory/data-inventory.js';
import { loadAuthorities } from '../../services/policy/authorities.js';
import { loadPrivacyLaws } from '../../services/policy/laws.js';
import { loadProcessors } from '../../services/policy/processors.js';
import { DataExportBuilder } from '../../services/rights/export/data-export.js';
import type { Controller } from '../../services/rights/export/export-page.js';
import { SessionService } from '../../services/sign-in/session.js';
import { StaffAccessService } from '../../services/staff/staff-access.js';
import { CommandError, CommandLineError } from '../errors.js';
import { mustBeNew, writeNewFile } from '../new-file.js';
import { note, write } from '../output.js';
import { keyringOf, readConfig, withStores } from '../stores.js';

const DEFAULT_FILE = 'disclosure.zip';

export function addDiscloseCommand(root: Command): void {
  root
    .command('disclose')
    .description('Write all data about a person to a ZIP file, for an authority or for the person.')
    .argument('<email>', 'the account’s e-mail address')
    .option('--case <reference>', 'reference of the case in another system; the person sees it')
    .option('--to <file>', 'file to write; it must not exist', DEFAULT_FILE)
    .addHelpText(
      'after',
      `
The file is the data export that answers a request for access. The disclosure, its day and its case are recorded before
anything is read, and the person sees them in the list of staff accesses. When the command fails, no file is left.

Examples:
  npm run cli -- disclose anna@example.net --case 2027-114 --to anna.zip

Exit codes: 0 written, 1 failed, 2 invalid command line.`,
    )
    .action((email: string, options: { to: string; case?: string }) => disclose(email, options));
}

async function disclose(email: string, options: { to: string; case?: string }): Promise<void> {
  const { to: file, case: caseReference = null } = options;
  if (caseReference !== null && !REFERENCE.test(caseReference)) {
    throw new CommandLineError('a case is 1 to 64 letters, digits, hyphens and underscores');
  }
  await mustBeNew(file);
  const config = await readConfig();
  const controller = controllerOf(config);
  const laws = await loadPrivacyLaws(privacyLawsFile);
  const kept = await loadDataInventory(dataInventoryFile, laws);
  const processors = await loadProcessors(processorsFile);
  const authorities = await loadAuthorities(authoritiesFile);
  await withStores(config, async ({ database, redis }) => {
    const keyring = await keyringOf(config, database);
    const account = await new AccountService(databaseStatements(database)).findByIdOrEmail(email);
    const recorded =
      account !== null &&
      (await new StaffAccessService(database).recordDisclosure(account.id, caseReference));
    if (!recorded) throw new CommandError('there is no account with this e-mail address');
    const dataExport = new DataExportBuilder({
      database,
      keyring,
      kept,
      outbox: new Outbox(keyring),
      processors,
      authorities,
      laws,
      controller,
      sessions: new SessionService(redis),
      networks: new AllowlistWriter(redis).networks,
      clock: Date.now,
    });
    await writeNewFile(file, dataExport.build(account.id, percentWriter()));
  });
  const { size } = await stat(file);
  await write(`${file}: ${size} bytes. Only you can read it. Delete it when it is handed over.\n`);
}

/** Whom the page of the data export names. Throws CommandError when the gateways' settings are not there. */
function controllerOf({ contactEmail, dpoEmail, postalAddress }: CliConfig): Controller {
  if (contactEmail === null || dpoEmail === null) {
    throw new CommandError(
      'CONTACT_EMAIL or DPO_EMAIL is missing; set them as for the gateways, or run npm start in this folder',
    );
  }
  return { contact: contactEmail, dataProtectionSpecialist: dpoEmail, postalAddress };
}

/** Writes each tenth to stderr. */
function percentWriter(): (written: number, all: number) => void {
  let shown = 0;
  return (written, all) => {
    const tenth = Math.floor((10 * written) / all);
    if (tenth > shown) note(`${tenth * 10} %`);
    shown = Math.max(shown, tenth);
  };
}
