import { describe, expect, it } from 'vitest';
import { Keyring } from '../../src/secrets/keyring.js';
import { useGateway } from '../support/fixtures.js';
import { dayFromNow } from '../support/gateway.js';
import { callAsNode, RECORD_USAGE } from '../support/people/vpn-node.js';
import { SECRET_KEY } from '../support/settings.js';
import { emptyDatabase, queryDatabase } from '../support/stores/postgres.js';
import { runCli } from './run-cli.js';

const gateway = useGateway();

function run(...command: string[]) {
  return runCli(['node', ...command], { DATABASE_URL: gateway.database.url, SECRET_KEY });
}

/** The status that a report with this token is answered with. */
async function report(token: string): Promise<number> {
  const variables = { input: { day: dayFromNow(-1), rows: [] } };
  return (await callAsNode(gateway, { query: RECORD_USAGE, variables, token })).status;
}

describe('node', () => {
  it('add prints only a token on stdout, with which the server can report', async () => {
    const result = await run('add', 'new-york-7', '--location', 'us-new-york');
    expect(result).toMatchObject({ code: 0, stdout: expect.stringMatching(/^[\w-]+\n$/) });
    expect(await report(result.stdout.trim())).toBe(200);
    expect((await run('add', 'chicago-1', '--location', 'us-chicago')).code).toBe(0);
    const list = await run('list');
    expect(list.stdout.split('\n').map((line) => line.split(/ +/))).toEqual([
      ['NAME', 'LOCATION'],
      ['chicago-1', 'us-chicago'],
      ['new-york-7', 'us-new-york'],
      [''],
    ]);
  });

  it('add refuses a name that is taken with exit code 1, and invalid arguments with 2, without repeating them', async () => {
    await run('add', 'taken', '--location', 'us-new-york');
    expect(await run('add', 'taken', '--location', 'us-chicago')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'Another node has this name.\n',
    });
    for (const args of [
      ['add', 'CANARY', '--location', 'us-new-york'],
      ['add', 'newark-1', '--location', 'canary'],
    ]) {
      const result = await run(...args);
      expect(result).toMatchObject({ code: 2, stdout: '' });
      expect(result.stderr).not.toMatch(/canary/i);
    }
    expect((await run('add', 'newark-1')).code).toBe(2);
  });

  it('rotate prints a new token, and the old one stops working', async () => {
    const before = (await run('add', 'miami-1', '--location', 'us-miami')).stdout.trim();
    const after = (await run('rotate', 'miami-1')).stdout.trim();
    expect(await report(before)).toBe(401);
    expect(await report(after)).toBe(200);
  });

  it('revoke ends the token of the server', async () => {
    const token = (await run('add', 'toronto-1', '--location', 'ca-toronto')).stdout.trim();
    expect(await run('revoke', 'toronto-1')).toMatchObject({ code: 0, stdout: '' });
    expect(await report(token)).toBe(401);
    expect((await run('list')).stdout).not.toContain('toronto-1');
  });

  it.each(['rotate', 'revoke'])('%s reports an unknown server', async (command) => {
    expect(await run(command, 'canary')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'there is no such server; node list shows all\n',
    });
  });

  it('reports what is missing: the key, the database, its tables', async () => {
    const command = ['node', 'list'];
    const away = await runCli(command, { DATABASE_URL: gateway.database.url });
    expect(away).toMatchObject({ code: 1, stderr: expect.stringMatching(/^SECRET_KEY is missing/) });
    const without = await runCli(command, { SECRET_KEY });
    expect(without).toMatchObject({ code: 1, stderr: expect.stringMatching(/^DATABASE_URL is missing/) });
    const false_ = await runCli(command, { DATABASE_URL: gateway.database.url, SECRET_KEY: 'canary' });
    expect(false_.stderr).toMatch(/^SECRET_KEY must be 32 random bytes/);
    const empty = await emptyDatabase();
    const early = await runCli(command, { DATABASE_URL: empty.url, SECRET_KEY });
    expect(early).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^the database has no tables yet/),
    });
    await empty.drop();
  });

  it('stores no token', async () => {
    const token = (await run('add', 'dublin-1', '--location', 'ie-dublin')).stdout.trim();
    const [row] = await queryDatabase(gateway.database.url, "SELECT * FROM vpn_node WHERE name = 'dublin-1'");
    expect(JSON.stringify(row)).not.toContain(token);
    const keyring = new Keyring(Buffer.from(SECRET_KEY, 'base64'));
    expect(keyring.open('vpn-node-token', token)).toBe(`${row?.id} 1`);
  });
});
