// Every script of package.json and every command of the command line does once what the documents say that it does.
import type { Command } from 'commander';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { program } from '../../src/cli/program.js';
import { daysAfter, today } from '../../src/lib/calendar.js';
import { runCli, type TestFolder, testFolder } from '../cli/run-cli.js';
import { read, repositoryFiles } from '../repo/source-files.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';
import { COUNTRIES, writeDatabase } from '../support/mmdb.js';
import { handleOf } from '../support/people/vpn-node.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';
import { runScript, SCRIPTS } from './scripts.js';

/** Each with arguments that let it change nothing here; those that are held elsewhere, by what holds them. */
const RUNS: Readonly<Record<string, { readonly args: readonly string[]; readonly output: RegExp }>> = {
  fix: { args: ['src/lib/calendar.ts'], output: /No fixes applied/ },
  build: { args: [], output: /^$/ },
  cli: { args: ['catalogue', 'check'], output: /^ok: / },
  schema: { args: [], output: /^$/ },
  reference: { args: [], output: /^$/ },
  client: { args: [], output: /operations written/ },
  'client:pack': { args: [], output: /^cyberspacevpn-client-\S+\.tgz$/m },
};
const HELD_ELSEWHERE: Readonly<Record<string, string>> = {
  start: 'test/dev/start.test.ts',
  drill: 'test/drill/drill.test.ts',
  // They run this file.
  test: '.ci/run',
  check: '.ci/run',
  lint: '.ci/run',
};

describe('every script of package.json', { timeout: 60_000 }, () => {
  it('is run by a smoke test', () => {
    const benches = [...read('test/smoke/benches.test.ts').matchAll(/^ {2}'?([\w:]+)'?: \{ last:/gm)];
    const known = [...Object.keys(RUNS), ...Object.keys(HELD_ELSEWHERE), ...benches.map(([, name]) => name)];
    expect(Object.keys(SCRIPTS).sort()).toEqual(known.sort());
    expect(repositoryFiles()).toEqual(expect.arrayContaining(Object.values(HELD_ELSEWHERE)));
  });

  it.each(Object.keys(RUNS))('%s', async (name) => {
    const { args, output } = RUNS[name]!;
    const { code, stdout, stderr, left } = await runScript(name, args);
    expect({ code, left }, stderr).toEqual({ code: 0, left: [] });
    expect(stdout + stderr).toMatch(output);
  });

  it('is named in documents as it is called', () => {
    const texts = repositoryFiles().filter((path) =>
      /^(?:README|CONTRIBUTING|docs\/(?!decisions).*)/.test(path),
    );
    const named = texts.flatMap((path) =>
      [...read(path).matchAll(/npm run (?:--silent )?([\w:]+)/g)].map(([, name]) => name),
    );
    expect(named.filter((name) => !(name! in SCRIPTS))).toEqual([]);
  });
});

/** `allowlist add`, for each command that does something. */
function leaves(command: Command, path: readonly string[] = []): string[] {
  if (command.commands.length === 0) return [path.join(' ')];
  return command.commands.flatMap((each) => leaves(each, [...path, each.name()]));
}

interface Step {
  readonly command: string;
  readonly args?: readonly string[];
  readonly input?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly code?: number;
  readonly output: RegExp;
}

describe('every command', { timeout: 180_000 }, () => {
  let gateway: TestGateway;
  let folder: TestFolder;
  let steps: Step[];
  let settings: Record<string, string>;

  beforeAll(async () => {
    [gateway, folder] = await Promise.all([startTestGateway(), testFolder()]);
    const anna = await gateway.account({ email: 'anna@example.net' });
    settings = {
      ...GATEWAY_SETTINGS,
      DATABASE_URL: gateway.database.url,
      REDIS_URL: gateway.redis.url,
      ALLOW_PRIVATE_ADDRESSES: 'true',
    };
    const providers = await writeDatabase(`${folder.path}/providers.mmdb`, {
      '8.8.8.0/24': { autonomous_system_number: 15169 },
    });
    steps = [
      { command: 'doctor', code: 1, output: /Postgres/i },
      { command: 'admin create', args: ['boss@example.net'], output: /^\S+\n$/ },
      { command: 'staff create', args: ['desk@example.net', '--role', 'support'], output: /^\S+\n$/ },
      { command: 'staff list', output: /^desk@example\.net +support/m },
      { command: 'staff remove', args: ['desk@example.net'], output: /^$/ },
      { command: 'totp', input: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP\n', output: /^\d{6}\n$/ },
      { command: 'node add', args: ['berlin-1', '--location', 'de-frankfurt'], output: /^\S+\n$/ },
      { command: 'node list', output: /berlin-1 +de-frankfurt/ },
      { command: 'node rotate', args: ['berlin-1'], output: /^\S+\n$/ },
      { command: 'node revoke', args: ['berlin-1'], output: /^$/ },
      {
        command: 'usage from-accounting',
        args: [
          ...['-', '--day', daysAfter(today(), -1), '--location', 'us-new-york'],
          ...['--countries', COUNTRIES, '--providers', providers],
        ],
        input: `handle,source,bytes\n${await handleOf(gateway, anna.id)},8.8.8.8,1000000\n`,
        output: /"country":"US"/,
      },
      {
        command: 'usage send',
        args: ['-', '--to', 'https://127.0.0.1:1'],
        settings: { VPN_NODE_TOKEN: 'x'.repeat(43) },
        input: '{}\n',
        code: 1,
        output: /^$/,
      },
      { command: 'allowlist init', output: /already initialised/ },
      { command: 'allowlist add', args: ['198.51.100.0/24'], output: /^added\n$/ },
      { command: 'allowlist list', args: ['--json'], output: /"198\.51\.100\.0\/24"/ },
      { command: 'allowlist stats', output: /^entries +1$/m },
      { command: 'allowlist remove', args: ['198.51.100.0/24'], output: /^removed/ },
      { command: 'allowlist import', args: ['-'], input: 'prefix\n192.0.2.1\n', output: /^imported 1/ },
      { command: 'allowlist clear', args: ['--yes'], output: /^removed 1/ },
      { command: 'catalogue check', output: /^ok: / },
      { command: 'catalogue compare', args: ['.'], code: 1, output: /^$/ },
      { command: 'apple-profile', output: /^<\?xml / },
      { command: 'policy check', output: /^ok: / },
      { command: 'retention', args: ['--dry-run'], output: /./ },
      { command: 'disclose', args: ['anna@example.net'], output: /^disclosure\.zip: / },
      { command: 'migrate', output: /^nothing is pending\n$/ },
      { command: 'secret-key check', output: /^SECRET_KEY is the key of this installation\n$/ },
      { command: 'secret-key change', args: ['--yes'], output: /nothing to do\n$/ },
      { command: 'clock', output: /^postgres +\S+, as here$/m },
      { command: 'after-restore', output: /^queued mails deleted: \d+$/m },
    ];
  });
  afterAll(async () => {
    await gateway?.stop();
    await folder?.remove();
  });

  it('is run by this test', async () => {
    const known = leaves(await program()).sort();
    expect([...new Set(steps.map(({ command }) => command))].sort()).toEqual(known);
  });

  it('is the same when its group alone is loaded', async () => {
    const all = await program();
    for (const group of all.commands) {
      const alone = (await program(group.name())).commands.find((each) => each.name() === group.name());
      expect(leaves(alone!, [group.name()])).toEqual(leaves(group, [group.name()]));
      expect(alone!.helpInformation()).toBe(group.helpInformation());
    }
  });

  it('does what it is for', async () => {
    for (const { command, args = [], input, code = 0, output, settings: own } of steps) {
      const line = [...command.split(' '), ...args];
      const result = await runCli(line, { ...settings, ...own }, folder.path, input);
      expect(result.code, `${command}\n${result.stderr}`).toBe(code);
      expect(result.stdout, command).toMatch(output);
    }
  });

  it('is named in documents as it is called', async () => {
    const known = leaves(await program());
    const groups = known.map((command) => command.split(' ')[0]);
    const named = repositoryFiles()
      .filter((path) => /^(?:README|CONTRIBUTING|docs\/(?!decisions).*)/.test(path))
      .flatMap((path) => [...read(path).matchAll(/npm run (?:--silent )?cli -- ([a-z][a-z -]*[a-z])/g)])
      .map(([, command]) => command!);
    expect(named.filter((each) => !known.some((leaf) => each.startsWith(leaf)))).toEqual([]);
    expect(groups.length).toBeGreaterThan(0);
  });
});
