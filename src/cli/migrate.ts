// `migrate`: applies the migrations of this version, as its first gateway does when it starts.
import type { Command } from 'commander';
import { migrate, migrationState } from '../db/migrate.js';
import { note, write } from './output.js';
import { readConfig, withDatabase } from './stores.js';

export function addMigrateCommand(root: Command): void {
  root
    .command('migrate')
    .description('Apply the pending migrations; gateways do the same when they start.')
    .option('--dry-run', 'only list the pending migrations')
    .addHelpText(
      'after',
      `
It may run while gateways of the previous version serve. When another transaction holds a table, such as that of pg_dump, the
command tries again at intervals, so that no query waits behind it for longer than half a second. After a minute it gives up
and names the transaction. Migrations that were applied by then stay, and another run continues from there.

Exit codes: 0 all migrations are applied, 1 some are still pending.`,
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
