import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { daysAfter, today } from '../../src/lib/calendar.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { COUNTRIES, writeDatabase } from '../support/mmdb.js';
import { type TestAccount } from '../support/people/account.js';
import { handleOf, makeNode, type TestNode } from '../support/people/vpn-node.js';
import { runCli, type TestFolder, testFolder } from './run-cli.js';

const DAY = daysAfter(today(), -1);
/** Google's and RIPE's, which everybody knows. */
const SOURCES = ['8.8.8.8', '193.0.6.139', '2001:4860::1234'];

let gateway: TestGateway;
let folder: TestFolder;
let node: TestNode;
let account: TestAccount;
let handle: string;
let databases: string[];

beforeAll(async () => {
  [gateway, folder] = await Promise.all([startTestGateway(), testFolder()]);
  node = await makeNode(gateway);
  account = await gateway.account();
  handle = await handleOf(gateway, account.id);
  const providers = await writeDatabase(`${folder.path}/providers.mmdb`, {
    '8.8.8.0/24': { autonomous_system_number: 15169 },
    '2001:4860::/32': { autonomous_system_number: 15169 },
  });
  databases = ['--countries', COUNTRIES, '--providers', providers];
});
afterAll(() => Promise.all([gateway?.stop(), folder?.remove()]));

const accounting = (bytes: number) =>
  ['handle,source,bytes', ...SOURCES.map((source) => `${handle},${source},${bytes}`)].join('\n');

function fromAccounting(text: string, ...more: string[]) {
  const where = ['--day', DAY, '--location', 'us-new-york', ...databases];
  return runCli(['usage', 'from-accounting', '-', ...where, ...more], {}, folder.path, text);
}

function send(
  report: string,
  to = gateway.url,
  settings: Record<string, string> = { VPN_NODE_TOKEN: node.token },
) {
  return runCli(['usage', 'send', '-', '--to', to], settings, folder.path, report);
}

async function used() {
  const { data } = await gateway.call({
    query: `{ viewer { usage(days: { from: "${DAY}", to: "${DAY}" }) {
      megabytes byCountry { country megabytes } byProvider { provider megabytes }
    } } }`,
    token: account.token,
  });
  return data.viewer.usage;
}

describe('usage from-accounting and usage send', () => {
  it('report the usage of an account to its owner, and no IP address leaves the node', async () => {
    const report = await fromAccounting(accounting(4_000_000));
    expect(report).toMatchObject({
      code: 0,
      stderr: 'parts: 1, rows: 2, without a country: 0, without a provider: 1\n',
    });
    for (const source of SOURCES) expect(report.stdout + report.stderr).not.toContain(source);
    expect(await send(report.stdout)).toEqual({ code: 0, stdout: '', stderr: 'report 1: counted\n' });
    expect(await used()).toEqual({
      megabytes: 12,
      byCountry: [
        { country: 'US', megabytes: 8 },
        { country: 'NL', megabytes: 4 },
      ],
      byProvider: [
        { provider: 15169, megabytes: 8 },
        { provider: 0, megabytes: 4 },
      ],
    });

    expect(await send(report.stdout)).toMatchObject({ code: 0, stderr: 'report 1: counted already\n' });
    const correction = await fromAccounting(accounting(5_000_000), '--revision', '2');
    const corrected = 'report 1: counted in place of an earlier one\n';
    expect(await send(correction.stdout)).toMatchObject({ code: 0, stderr: corrected });
    expect((await used()).megabytes).toBe(15);
  });

  it('withdraw the parts that a correction no longer has', async () => {
    const { megabytes } = await used();
    const [first] = (await fromAccounting(accounting(1_000_000), '--revision', '3')).stdout.split('\n');
    const second = JSON.stringify({ ...JSON.parse(first!), part: 2, revision: 1 });
    await send(second);
    expect((await used()).megabytes).toBe(megabytes + 3);
    const correction = await fromAccounting('handle,source,bytes\n', '--revision', '4', '--parts', '2');
    expect(correction).toMatchObject({
      code: 0,
      stderr: 'parts: 2, rows: 0, without a country: 0, without a provider: 0\n',
    });
    const replaced = [1, 2].map((part) => `report ${part}: counted in place of an earlier one\n`).join('');
    expect(await send(correction.stdout)).toEqual({ code: 0, stdout: '', stderr: replaced });
    expect((await used()).megabytes).toBe(0);
  });

  it('reads files, too', async () => {
    const file = await folder.write('accounting.csv', accounting(1_000_000));
    const where = ['--day', DAY, '--location', 'us-new-york', ...databases];
    const report = await runCli(['usage', 'from-accounting', file, ...where]);
    expect(report.code).toBe(0);
    const line = JSON.parse(report.stdout);
    expect(line).toMatchObject({ day: DAY, part: 1, revision: 1 });
    expect(line.rows).toHaveLength(2);
  });

  it('report invalid lines by their numbers, and then print no report', async () => {
    const result = await fromAccounting(`handle,source,bytes\n${handle},8.8.8.8 at noon,1\n`);
    expect(result).toEqual({
      code: 1,
      stdout: '',
      stderr: 'line 2: The source is not an IP address.\nnothing was reported\n',
    });
  });

  it.each([
    ['a day that is not over', ['--day', today()], 'It must be a day that is over, in UTC.'],
    ['no date', ['--day', '2026-02-30'], 'It must be a date, such as 2026-11-22.'],
    ['no location of ours', ['--location', 'xx-nowhere'], 'there is no such location'],
    ['a revision below 1', ['--revision', '0'], 'It must be a number from 1 to 1000.'],
    ['no number of parts', ['--parts', 'two'], 'It must be a number from 1 to 1000.'],
  ])('refuse %s', async (_what, options, message) => {
    const result = await fromAccounting(accounting(1), ...options);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toContain(message);
  });

  it('report what is missing', async () => {
    const missing = await runCli([
      'usage',
      'from-accounting',
      '-',
      '--day',
      DAY,
      '--location',
      'us-new-york',
    ]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain("required option '--countries <file>' not specified");
    const absent = await fromAccounting('', '--providers', `${folder.path}/none.mmdb`);
    expect(absent).toMatchObject({ code: 1, stderr: 'the provider database cannot be read (ENOENT)\n' });
    const folderForFile = await runCli(['usage', 'send', folder.path, '--to', gateway.url], {
      VPN_NODE_TOKEN: node.token,
    });
    expect(folderForFile).toEqual({ code: 1, stdout: '', stderr: 'the file cannot be read (EISDIR)\n' });
    expect(await send('', gateway.url, {})).toMatchObject({
      code: 1,
      stderr: 'VPN_NODE_TOKEN is missing; run node add to get one\n',
    });
    expect(await send('')).toMatchObject({ code: 1, stderr: 'the file has no reports\n' });
  });

  it('stop at the first refused report, with the error messages of the gateway', async () => {
    const row = {
      handle,
      location: 'us-new-york',
      country: 'US',
      provider: 1,
      megabytes: 1,
      connected: true,
    };
    const good = JSON.stringify({ day: DAY, part: 7, revision: 1, rows: [row] });
    const bad = JSON.stringify({
      day: DAY,
      part: 8,
      revision: 1,
      rows: [row, { ...row, country: '8.8.8.8' }],
    });
    const result = await send([good, bad, good].join('\n'));
    expect(result.code).toBe(1);
    expect(result.stderr.split('\n').slice(0, 2)).toEqual([
      'report 1: counted',
      expect.stringMatching(/^rows\.1\.country: /),
    ]);
    expect(result.stderr).toContain('the report was not counted, and the following ones were not sent');
    expect(result.stderr).not.toContain('8.8.8.8');
    expect(await send('8.8.8.8')).toMatchObject({ code: 1, stderr: expect.stringContaining('is not JSON') });
  });

  it('show the token to nobody who could read it on the way, or is no gateway', async () => {
    expect(await send('{}', 'http://192.0.2.1:4000')).toMatchObject({ code: 2, stdout: '' });
    const seen: (string | undefined)[] = [];
    const elsewhere: Server = createServer((request, response) => {
      seen.push(request.url);
      response.writeHead(307, { location: `${gateway.url}/vpn-node` }).end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
    const { port } = elsewhere.address() as AddressInfo;
    const result = await send('{}', `http://127.0.0.1:${port}`);
    await new Promise((resolve) => elsewhere.close(resolve));
    expect(seen).toEqual(['/graphql/vpn-node']);
    expect(result).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('no valid response from the gateway'),
    });
  });

  it.each(['null', '{"errors":"8.8.8.8"}', '{"data":{"recordUsage":{}}}'])(
    'say that no gateway is there when the answer is %s',
    async (body) => {
      const elsewhere = createServer((_request, response) => response.end(body));
      await new Promise<void>((resolve) => elsewhere.listen(0, '127.0.0.1', resolve));
      const { port } = elsewhere.address() as AddressInfo;
      const result = await send('{}', `http://127.0.0.1:${port}`);
      await new Promise((resolve) => elsewhere.close(resolve));
      expect(result).toMatchObject({
        code: 1,
        stderr: 'no valid response from the gateway; send the same file again later\n',
      });
    },
  );

  it('report that a token does not work', async () => {
    const result = await send('{}', gateway.url, { VPN_NODE_TOKEN: 'no token' });
    expect(result.code).toBe(1);
    expect(result.stderr).not.toContain('no token');
  });
});
