import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runCli, type TestFolder, testFolder } from './run-cli.js';

describe('the command line', () => {
  it('shows its commands and examples on request', async () => {
    const result = await runCli(['--help']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['admin', 'allowlist', 'catalogue', 'doctor']) {
      expect(result.stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    }
    expect(result.stdout).toContain('Examples:');
  });

  it.each([
    { fault: 'no command', args: [] },
    { fault: 'an unknown command', args: ['frobnicate'] },
    { fault: 'a group without its command', args: ['allowlist'] },
    { fault: 'a missing argument', args: ['allowlist', 'add'] },
    { fault: 'too many arguments', args: ['allowlist', 'stats', 'now'] },
    { fault: 'an unknown option', args: ['allowlist', 'list', '--xml'] },
  ])('answers $fault with exit code 2 and help on stderr', async ({ args }) => {
    const result = await runCli(args);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/--help/);
  });
});

describe('catalogue check', () => {
  let folder: TestFolder;
  beforeAll(async () => {
    folder = await testFolder();
  });
  afterAll(() => folder?.remove());

  it('counts what is in the shipped files', async () => {
    const result = await runCli(['catalogue', 'check']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^ok: \d+ services with \d+ domains, \d+ regions with \d+ relays\n$/);
  });

  it('tells every fault of the given files with its place', async () => {
    const services = await folder.write(
      'broken.json',
      '{"services": [{"id": "A B", "name": "", "domains": []}]}',
    );
    const regions = await folder.write('regions.json', '{');
    const result = await runCli(['catalogue', 'check', services, regions]);
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(/^broken\.json: services\[0\]\.id/m);
    expect(result.stderr).toMatch(/^regions\.json: /m);
  });
});
