// `migrate`: brings the database up to this version, as the first gateway of it does when it starts.
import type { Command } from 'commander';
import { migrate, migrationState } from '../db/migrate.js';
import { note, write } from './output.js';
import { readConfig, withDatabase } from './stores.js';

export function addMigrateCommand(root: Command): void {
  root
    .command('migrate')
    .description('Bring the database up to this version; gateways do the same when they start.')
    .option('--dry-run', 'only list what is pending')
    .addHelpText(
      'after',
      `
It may run while gateways of the version before serve. A table that another transaction has, such as pg_dump's, is tried for at
intervals, so that nobody waits behind it for longer than half a second; after a minute the command gives up and names the
transaction. What was applied by then stays, and another run goes on from there.

Exit codes: 0 nothing is pending any more, 1 something is.`,
    )
    .action(run);
}

async function run({ dryRun = false }: { dryRun?: boolean }): Promise<void> {
  await withDatabase(await readConfig(), async (database) => {
    const { pending, unknown } = await migrationState(database);
    if (unknown > 0) note(`${unknown} migrations of a newer version have been applied`);
    for (const name of pending) await write(`${name}\n`);
    if (pending.length === 0) await write('nothing is pending\n');
    if (dryRun) return;
    await migrate(database, {
      onWaiting: (count) => note(`${count} migrations wait for another transaction`),
    });
    if (pending.length > 0) note(`applied: ${pending.length}`);
  });
}
