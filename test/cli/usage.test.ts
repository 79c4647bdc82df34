import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayFromNow } from '../support/gateway.js';
import { policyFolder } from '../support/policy.js';
import { runCli, type TestFolder, testFolder } from './run-cli.js';

describe('the command line', () => {
  it('shows its commands and examples on request', async () => {
    const result = await runCli(['--help']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    for (const command of ['admin', 'allowlist', 'catalogue', 'doctor', 'policy', 'retention']) {
      expect(result.stdout).toMatch(new RegExp(`^ {2}${command}\\b`, 'm'));
    }
    expect(result.stdout).toContain('Examples:');
  });

  it.each([
    { error: 'no command', args: [] },
    { error: 'an unknown command', args: ['frobnicate'] },
    { error: 'a group without its command', args: ['allowlist'] },
    { error: 'a missing argument', args: ['allowlist', 'add'] },
    { error: 'too many arguments', args: ['allowlist', 'stats', 'now'] },
    { error: 'an unknown option', args: ['allowlist', 'list', '--xml'] },
  ])('answers $error with exit code 2 and help on stderr', async ({ args }) => {
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
    expect(result.stdout).toMatch(/^ok: \d+ services, \d+ regions with \d+ relays\n/);
    expect(result.stdout).toMatch(/^licensed in {2,}us \d+, au \d+, /m);
    expect(result.stdout).toMatch(/^group disney {2,}disney-plus, hulu, espn$/m);
  });

  it('counts names by kind, services by region, groups and risks, also as JSON', async () => {
    const services = await folder.write(
      'services.json',
      JSON.stringify({
        services: [
          {
            id: 'a',
            name: 'A',
            group: 'both',
            regions: ['us', 'pt'],
            domains: ['a.com', 'a.net'],
            hosts: ['a.akamaized.net'],
            patterns: ['player-*.akamaized.net'],
            cdn: { domains: ['a-cdn.com'] },
            risks: { 'player-*.akamaized.net': 'Its name changes every week.' },
          },
          { id: 'b', name: 'B', group: 'both', domains: ['b.com'] },
        ],
      }),
    );
    const text = await runCli(['catalogue', 'check', services]);
    expect(text).toMatchObject({ code: 0, stderr: '' });
    expect(text.stdout.split('\n')).toEqual([
      'ok: 2 services, 15 regions with 20 relays',
      'domains      4 (1 of CDNs)',
      'hosts        1 (0 of CDNs)',
      'patterns     1 (0 of CDNs)',
      'licensed in  pt 1 (no region here), us 1, several or unknown 1',
      'group both   a, b',
      'risk         player-*.akamaized.net: Its name changes every week.',
      '',
    ]);
    const json = await runCli(['catalogue', 'check', services, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({
      services: 2,
      names: { domain: { geo: 3, cdn: 1 }, host: { geo: 1, cdn: 0 }, pattern: { geo: 1, cdn: 0 } },
      licensed: { us: 1, pt: 1 },
      everywhere: 1,
      groups: { both: ['a', 'b'] },
    });
  });

  it('knows the options of a live check only with --live', async () => {
    const result = await runCli(['catalogue', 'check', '--deadline', '5']);
    expect(result).toMatchObject({ code: 2, stdout: '' });
    expect(result.stderr).toMatch(/^only a check with --live/);
  });

  it('reports every error of the given files with its place', async () => {
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

  it('shows a file that is not there as it was named', async () => {
    const absent = await runCli(['catalogue', 'check', 'nowhere/services.json']);
    expect(absent).toEqual({
      code: 1,
      stdout: '',
      stderr: 'nowhere/services.json: cannot be read (ENOENT)\n',
    });
  });
});

describe('policy check', () => {
  it('shows which version of the shipped list is in force', async () => {
    const result = await runCli(['policy', 'check']);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    expect(result.stdout).toMatch(/^ok: \S+ is in force since \d{4}-\d\d-\d\d\n/);
  });

  it('shows a file that is not there as it was named', async () => {
    const absent = await runCli(['policy', 'check', 'nowhere/versions.json']);
    expect(absent).toEqual({
      code: 1,
      stdout: '',
      stderr: 'nowhere/versions.json: cannot be read (ENOENT)\n',
    });
  });

  it('shows how a gateway announces upcoming versions', async () => {
    const folder = await policyFolder();
    const [soon, later] = [dayFromNow(30), dayFromNow(60)];
    await folder.write(
      { version: 'old', effectiveOn: '2026-01-01' },
      { version: 'now', effectiveOn: dayFromNow(0) },
      { version: 'soon', effectiveOn: soon, material: true },
      { version: 'later', effectiveOn: later },
    );
    const result = await runCli(['policy', 'check', folder.file]);
    await folder.remove();
    expect(result).toEqual({
      code: 0,
      stderr: '',
      stdout: [
        `ok: now is in force since ${dayFromNow(0)}`,
        `upcoming: soon from ${soon}; announced by mail at the next reload or start`,
        `upcoming: later from ${later}; not announced: it is not material`,
        '',
      ].join('\n'),
    });
  });

  it('reports every error of the given list with its place', async () => {
    const folder = await policyFolder();
    await folder.write({ version: '1', effectiveOn: dayFromNow(1) });
    await writeFile(join(dirname(folder.file), '1.txt'), 'Another text.');
    const result = await runCli(['policy', 'check', folder.file]);
    await folder.remove();
    expect(result).toMatchObject({ code: 1, stdout: '' });
    expect(result.stderr).toMatch(
      /^versions\.json: \[0\]\.effectiveOn: no version is in force today \(UTC\)$/m,
    );
    expect(result.stderr).toMatch(
      /^versions\.json: \[0\]\.sha256: is not the file's, which is [0-9a-f]{64}$/m,
    );
  });
});
