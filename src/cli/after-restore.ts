// `after-restore`: takes away what a database that was restored from a dump must not bring back.
import type { Command } from 'commander';
import { AllowlistWriter } from '../allowlist/writer.js';
import { clearAfterRestore } from '../services/installation/after-restore.js';
import { SessionService } from '../services/sign-in/session.js';
import { write } from './output.js';
import { readConfig, withStores } from './stores.js';

export function addAfterRestoreCommand(root: Command): void {
  root
    .command('after-restore')
    .description('Make a database that was restored from a dump safe to serve, before a gateway uses it.')
    .addHelpText(
      'after',
      `
Deletes the mails that waited when the dump was made, ends all sessions, and takes addresses of accounts that the dump does
not know off the allowlist. Deletions that were asked for before the dump are carried out again by the gateways. Accounts that
their owners closed at once since then come back: restore the newest dump there is.

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
    `mails that waited, deleted: ${cleared.mails}\n` +
      `accounts signed out: ${cleared.signedOut}\n` +
      `accounts that are unknown, taken off the allowlist: ${cleared.unknownOwners}\n`,
  );
}
