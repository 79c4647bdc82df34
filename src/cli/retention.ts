// `retention`: drops what is older than the months that are kept, as the gateways do every hour, or only tells of it.
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
      'Drop what has been kept for as long as it may be: usage, what waited for a link, archives, agents, requests.',
    )
    .option('--dry-run', 'only tell what would be dropped')
    .addHelpText(
      'after',
      `
Kept are the present month and USAGE_MONTHS months before it: set it here as it is set for the gateways, which do
the same every hour. A month that somebody reads at this moment stays until the next run; the exit code is 1 then.

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
  else await write('nothing to drop\n');
  await write(`kept: ${firstKept} and later\n`);
  const inUse = months.filter(({ state }) => state === 'in-use').length;
  if (inUse > 0) throw new CommandError(`${inUse} in use and not dropped; run it again`);
}

const STATES = { dropped: 'dropped', due: 'would be dropped', 'in-use': 'in use' } as const;

function table(months: readonly OldMonth[]): string {
  const lines = months.map(({ what, month, rows, state }) => [what, month, String(rows), STATES[state]]);
  return [HEADINGS, ...lines].map((cells) => row(cells, WIDTHS)).join('');
}
