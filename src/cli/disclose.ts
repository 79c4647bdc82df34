// `disclose`: everything that can be handed over about a person, which is what they get themselves when they ask for it.

import { createWriteStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Command } from 'commander';
import { AllowlistWriter } from '../allowlist/writer.js';
import { keptDataFile, processorsFile } from '../config/policy.js';
import { Outbox } from '../mail/outbox.js';
import { AccountService } from '../services/account.js';
import { databaseStatements } from '../services/database-statements.js';
import { loadKeptData } from '../services/kept-data.js';
import { loadProcessors } from '../services/processors.js';
import { ArchiveBuilder } from '../services/rights/archive.js';
import { SessionService } from '../services/session.js';
import { CommandFault } from './faults.js';
import { note, write } from './output.js';
import { keyringOf, readConfig, withStores } from './stores.js';

const DEFAULT_FILE = 'disclosure.zip';

export function addDiscloseCommand(root: Command): void {
  root
    .command('disclose')
    .description(
      'Write everything that is kept about a person into a ZIP file, for an authority or the person.',
    )
    .argument('<email>', 'the account’s e-mail address')
    .option('--to <file>', 'where it is written; never over another file', DEFAULT_FILE)
    .addHelpText(
      'after',
      `
The file is what the person gets who asks for access, and nothing more: there is nothing more. Nobody is told, and
nothing is written down.

Examples:
  npm run cli -- disclose anna@example.net --to anna.zip`,
    )
    .action((email: string, { to }: { to: string }) => disclose(email, to));
}

async function disclose(email: string, file: string): Promise<void> {
  const config = await readConfig();
  const keyring = keyringOf(config);
  const [kept, processors] = await Promise.all([loadKeptData(keptDataFile), loadProcessors(processorsFile)]);
  await withStores(config, async ({ database, redis }) => {
    const account = await new AccountService(databaseStatements(database)).findByIdOrEmail(email);
    if (account === null) throw new CommandFault('there is no account with this e-mail address');
    const archive = new ArchiveBuilder({
      database,
      keyring,
      kept,
      outbox: new Outbox(keyring),
      processors,
      sessions: new SessionService(redis),
      writer: new AllowlistWriter(redis),
      clock: Date.now,
    });
    await writeNew(file, archive.build(account.id, percentTeller()));
  });
  const { size } = await stat(file);
  await write(`${file}: ${size} octets. It is readable by you alone; delete it when it is handed over.\n`);
}

/** Throws CommandFault when the file is there, or cannot be written. */
async function writeNew(file: string, octets: AsyncIterable<Buffer>): Promise<void> {
  const target = createWriteStream(file, { flags: 'wx', mode: 0o600 });
  try {
    await pipeline(Readable.from(octets, { objectMode: false }), target);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    const code = 'code' in error ? String(error.code) : 'unknown';
    throw new CommandFault(
      code === 'EEXIST'
        ? 'the file is there already; name another one'
        : `the file cannot be written (${code})`,
    );
  }
}

/** Tells of each tenth on stderr. */
function percentTeller(): (written: number, all: number) => void {
  let told = 0;
  return (written, all) => {
    const tenth = Math.floor((10 * written) / all);
    if (tenth > told) note(`${tenth * 10} %`);
    told = Math.max(told, tenth);
  };
}
