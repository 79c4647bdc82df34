// A day of VPN use as it comes to the product: reported by a node, looked at by its account's owner and by staff, closed.
// Every address that a node could have reported, the moment of a connection and the node's token are canaries.
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { openBulkPool } from '../../src/db/bulk-pool.js';
import { type Day, daysAfter, today } from '../../src/lib/calendar.js';
import { DAY_MS } from '../../src/lib/durations.js';
import { UsageClosing } from '../../src/services/usage/day-closing.js';
import type { UsageRow } from '../../src/usage-reporter/report.js';
import { runCli } from '../cli/run-cli.js';
import { type GraphqlAnswer, graphql } from '../support/http/graphql-client.js';
import { COUNTRIES } from '../support/mmdb.js';
import { makeAccount } from '../support/people/account.js';
import { RECORD_USAGE } from '../support/people/vpn-node.js';
import { queryDatabase } from '../support/stores/postgres.js';
import type { Canaries } from './canary.js';
import type { RaidedProduct } from './raid.js';

const LOCATION = 'us-new-york';

/** `token`: of a customer's session. Every answer is checked, so that each step was really taken. */
export async function useTheVpn(product: RaidedProduct, canaries: Canaries, token: string): Promise<void> {
  const day = daysAfter(today(), -2);
  const ask = async (query: string, asker: string) => {
    const { data, errors } = await graphql(product.graphqlUrl, { query, token: asker });
    expect(errors).toBeUndefined();
    return data;
  };
  const { account, usageHandle } = (await ask('{ viewer { usageHandle account { id } } }', token)).viewer;
  const node = await addNode(product, canaries);
  const row = await sendAccounting(product, canaries, { handle: usageHandle, node, day });
  await reportWhatNobodyMayKnow(product, canaries, { row, node, day });

  const usage = `usage(days: { from: "${day}", to: "${day}" }) { megabytes daysConnected }`;
  const used = { megabytes: 823, daysConnected: 1 };
  expect((await ask(`{ viewer { ${usage} } }`, token)).viewer.usage).toEqual(used);
  await ask('mutation { recordApp(input: { platform: LINUX, version: "12.4.1" }) { recorded } }', token);
  const { token: support } = await makeAccount(product, { role: 'support' });
  const look = `supportUsage(account: "${account.id}", caseReference: "CASE-1", reason: CONNECTION_PROBLEM)`;
  expect(await ask(`{ ${look} { usage { megabytes } } }`, support)).toEqual({
    supportUsage: { usage: { megabytes: 823 } },
  });
  await closeTheDay(product, day);
  expect((await ask(`{ viewer { ${usage} } }`, token)).viewer.usage).toEqual(used);
}

async function addNode(product: RaidedProduct, canaries: Canaries): Promise<string> {
  const added = await runCli(['node', 'add', 'new-york-one', '--location', LOCATION], {}, product.folder);
  expect(added).toMatchObject({ code: 0 });
  return canaries.token('token of a VPN node', added.stdout.trim());
}

/** From the node's addresses to the report; a row of it. */
async function sendAccounting(
  product: RaidedProduct,
  canaries: Canaries,
  { handle, node, day }: { handle: string; node: string; day: Day },
): Promise<UsageRow> {
  const sources = [
    canaries.source('IPv4 address of a connection'),
    canaries.forwarded6('IPv6 address of a connection'),
  ];
  const lines = sources.map(
    (source, index) => `${handle},${source},${index === 0 ? 700_000_000 : 123_000_000}`,
  );
  const where = ['--day', day, '--location', LOCATION, '--countries', COUNTRIES, '--providers', COUNTRIES];
  const fromAccounting = ['usage', 'from-accounting', '-', ...where];
  const made = await run(product, fromAccounting, { input: ['handle,source,bytes', ...lines].join('\n') });
  expect(made.code).toBe(0);
  const settings = { VPN_NODE_TOKEN: node };
  const sent = await run(product, ['usage', 'send', '-', '--to', product.graphqlUrl], {
    input: made.stdout,
    settings,
  });
  expect(sent.stderr).toBe('report 1: counted\n');

  const moment = canaries.moment('moment in an accounting', day);
  const timed = `handle,source,bytes,time\n${handle},${sources[0]},1,${moment}\n`;
  expect((await run(product, fromAccounting, { input: timed })).code).toBe(1);
  const broken = `handle,source,bytes\n${handle},${sources[0]} ${moment},1\n${moment},${sources[1]},1\n`;
  expect((await run(product, fromAccounting, { input: broken })).code).toBe(1);
  return JSON.parse(made.stdout).rows[0];
}

/** What a command prints is left beside the product's data, as in a node's log; so is what it leaves in its folders. */
async function run(
  product: RaidedProduct,
  args: readonly string[],
  { input, settings = {} }: { input: string; settings?: Record<string, string> },
) {
  const temporary = { TMPDIR: join(product.folder, 'tmp'), HOME: product.folder };
  const result = await runCli(args, { ...temporary, ...settings }, product.folder, input);
  await appendFile(join(product.folder, 'commands.txt'), result.stdout + result.stderr);
  return result;
}

/** Reports that put addresses and a moment wherever something can be put: all of them are refused. */
async function reportWhatNobodyMayKnow(
  product: RaidedProduct,
  canaries: Canaries,
  { row, node, day }: { row: UsageRow; node: string; day: Day },
): Promise<void> {
  const moment = canaries.moment('moment of a connection', day);
  const v4 = canaries.source('IPv4 address in a report');
  const v6 = canaries.forwarded6('IPv6 address in a report');
  const number = v4.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const wrong = [moment, v4, v6];
  const rows = [
    ...wrong.map((value) => ({ ...row, connectedAt: value })),
    ...Object.keys(row).flatMap((field) => wrong.map((value) => ({ ...row, [field]: value }))),
    ...['provider', 'megabytes'].map((field) => ({ ...row, [field]: number })),
    { ...row, megabytes: Date.parse(moment) },
  ];
  const inputs = [
    ...rows.map((faulty) => ({ day, part: 2, rows: [row, faulty] })),
    ...wrong.map((value) => ({ day: value, rows: [row] })),
    ...wrong.map((value) => ({ day, part: value, rows: [row] })),
    ...wrong.map((value) => ({ day, rows: value })),
  ];
  for (const input of inputs) {
    const answer = await report(product, { node, source: v4, input });
    expect(answer.errors ?? answer.data.recordUsage.userErrors).toHaveLength(1);
  }
}

/** What is answered is left beside the product's data, as a node's log would keep it. */
async function report(
  product: RaidedProduct,
  { node, source, input }: { node: string; source: string; input: Record<string, unknown> },
): Promise<GraphqlAnswer> {
  const url = `${product.graphqlUrl}/vpn-node`;
  const answer = await graphql(url, { query: RECORD_USAGE, variables: { input }, token: node, source });
  await appendFile(join(product.folder, 'answers.txt'), `${JSON.stringify([answer.data, answer.errors])}\n`);
  return answer;
}

/** As the gateway does by the clock. */
async function closeTheDay(product: RaidedProduct, day: Day): Promise<void> {
  const pool = openBulkPool(product.databaseUrl);
  expect(await new UsageClosing(pool, 3).closeDays(Date.parse(day) + 10 * DAY_MS)).toBe(1);
  await pool.end();
  const open = 'SELECT 1 FROM usage_report_row UNION ALL SELECT 1 FROM usage_report';
  expect(await queryDatabase(product.databaseUrl, open)).toEqual([]);
}
