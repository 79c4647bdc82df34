// `after-restore`: deletes what a database that was restored from a dump must not bring back.
import type { Command } from 'commander';
import { AllowlistWriter } from '../allowlist/writer.js';
import { clearAfterRestore } from '../services/installation/after-restore.js';
import { SessionService } from '../services/sign-in/session.js';
import { write } from './output.js';
import { readConfig, withStores } from './stores.js';

export function addAfterRestoreCommand(root: Command): void {
  root
    .command('after-restore')
    .description('Prepare a database that was restored from a dump, before a gateway uses it.')
    .addHelpText(
      'after',
      `
Deletes the mails that were queued when the dump was made, ends all sessions, and removes the networks of accounts that
are not in the dump. The gateways repeat the erasures that were requested before the dump. An account that its owner
closed after the dump comes back: restore the newest dump that you have.

Example:
  npm run cli -- after-restore`,
    )
    .action(afterRestore);
}

async function afterRestore(): Promise<void> {
  const cleared = await withStores(await readConfig(), ({ database, redis }) =>
    clearAfterRestore({
      database,
      redis,
      sessions: new SessionService(redis),
      writer: new AllowlistWriter(redis),
    }),
  );
  await write(
    `queued mails deleted: ${cleared.mails}\n` +
      `accounts signed out: ${cleared.signedOut}\n` +
      `unknown accounts removed from the allowlist: ${cleared.unknownOwners}\n`,
  );
}
