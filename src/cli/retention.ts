// `retention`: deletes data after its retention period, as the gateways do every hour, or only counts it.
import type { Command } from 'commander';
import { privacyLawsFile } from '../config/policy.js';
import { type OldMonth, RetentionService } from '../services/erasure/retention.js';
import { loadPrivacyLaws } from '../services/policy/laws.js';
import { timeToDeleteBy } from './clock.js';
import { CommandError } from './errors.js';
import { row, write } from './output.js';
import { readConfig, withUsage } from './stores.js';

const HEADINGS = ['WHAT', 'MONTH', 'ROWS', ''];
const WIDTHS = [15, 7, 10];

export function addRetentionCommand(root: Command): void {
  root
    .command('retention')
    .description(
      'Delete data whose retention period is over: usage, unconfirmed requests, data exports, agents, rights requests.',
    )
    .option('--dry-run', 'only show what would be deleted')
    .addHelpText(
      'after',
      `
The current month and the USAGE_MONTHS months before it are kept. Set USAGE_MONTHS to the value that the gateways have; they
do the same every hour. A month that is being read stays until the next run, and the exit code is then 1.

Examples:
  npm run cli -- retention --dry-run
  npm run cli -- retention`,
    )
    .action(retention);
}

async function retention({ dryRun = false }: { dryRun?: boolean }): Promise<void> {
  const config = await readConfig();
  const { months, firstKept } = await withUsage(config, async (pool) => {
    const service = new RetentionService(pool, config.usageMonths, await loadPrivacyLaws(privacyLawsFile));
    const database = {
      query: async (sql: string, values?: unknown[]) => (await pool.query(sql, values)).rows,
    };
    const now = dryRun ? Date.now() : await timeToDeleteBy(config, database);
    return { months: await service.run({ dryRun, now }), firstKept: service.firstKeptMonth(now) };
  });
  if (months.length > 0) await write(table(months));
  else await write('nothing to delete\n');
  await write(`kept: ${firstKept} and later\n`);
  const inUse = months.filter(({ state }) => state === 'in-use').length;
  if (inUse > 0) throw new CommandError(`${inUse} in use and not deleted; run the command again`);
}

const STATES = { dropped: 'deleted', due: 'would be deleted', 'in-use': 'in use' } as const;

function table(months: readonly OldMonth[]): string {
  const lines = months.map(({ what, month, rows, state }) => [what, month, String(rows), STATES[state]]);
  return [HEADINGS, ...lines].map((cells) => row(cells, WIDTHS)).join('');
}
