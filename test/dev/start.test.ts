import { execFile } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loopbackHosts } from '../../src/config/addresses.js';
import { runCli, type TestFolder, testFolder } from '../cli/run-cli.js';
import { read, root } from '../repo/source-files.js';
import { unzipped } from '../support/people/data-export.js';
import { freshDatabase } from '../support/stores/postgres.js';
import { startEphemeral, startRedis } from '../support/stores/redis.js';
import { family, type StartCommand, startCommand, survivors } from './start-command.js';

const run = promisify(execFile);
const CREDENTIALS = String.raw`email: \"me@example.net\", password: \"a long enough passphrase\"`;
/** The guide whose shell blocks go on from the five lines. */
const API = 'try-the-api.md';
const RELAY = /^(192\.0\.2|198\.51\.100|203\.0\.113)\.\d+$/;

/** The lines after "Five lines to try". */
function tryLines(start: StartCommand): string[] {
  const [, after = ''] = start.stdout().split(/^Five lines to try.*\n\n/m);
  return after.split('\n').slice(0, 5);
}

async function shell(lines: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await run('sh', ['-c', lines.join('\n')], { env: { PATH: '/usr/bin:/bin' }, cwd });
  return stdout;
}

/** The shell blocks under a heading of a guide, or of the whole guide, with the addresses of this start. */
function walk(start: StartCommand, guide: string, heading?: string): string {
  const text = read(`docs/guides/${guide}`);
  const section = heading === undefined ? text : text.split(`\n## ${heading}\n`)[1]?.split('\n## ')[0];
  const blocks = [...(section ?? '').matchAll(/^```sh\n(.*?)^```$/gms)].map(([, lines]) => lines);
  if (blocks.length === 0) throw new Error(`${guide} has no shell block under ${heading}`);
  const gateway = /GraphQL {2}(\S+)/.exec(start.stdout())?.[1] ?? '';
  const { settings } = JSON.parse(readFileSync(join(start.folder, '.data', 'running.json'), 'utf8'));
  return blocks
    .join('')
    .replaceAll('http://127.0.0.1:4000', gateway.replace('/graphql', ''))
    .replaceAll('http://127.0.0.1:4001', `http://127.0.0.1:${settings.GATEWAY_METRICS_PORT}`)
    .replaceAll('http://127.0.0.1:5301', `http://127.0.0.1:${settings.DNS_METRICS_PORT}`)
    .replaceAll('npm run --silent cli --', `${process.execPath} ${root}dist/src/bin/cli.js`);
}

function named(start: StartCommand, program: RegExp): number {
  const found = family(start.pid).find(({ command }) => program.test(command));
  if (found === undefined) throw new Error(`no process is ${program}`);
  return found.pid;
}

describe('npm start with stores of its own', { timeout: 90_000 }, () => {
  let folder: TestFolder;
  let start: StartCommand;

  beforeAll(async () => {
    folder = await testFolder();
    start = startCommand(folder.path);
    await start.ready;
  });
  afterAll(async () => {
    start?.kill('SIGTERM');
    await start?.ended;
    await folder?.remove();
  });

  it('prints the addresses, and five lines that lead to an answer when pasted one after the other', async () => {
    expect(start.stdout()).toMatch(
      /^ready\n\n {2}GraphQL {2}http:\/\/localhost:\d+\/graphql\n {11}for pages of localhost on any port\n {2}DNS/,
    );
    const lines = tryLines(start);
    const output = await shell(lines);
    expect(output).not.toMatch(/"(message|errors)"/);
    expect(output.trimEnd().split('\n').at(-1)).toMatch(RELAY);
  });

  it('listens over both families of this machine, and gives a proof of either address', async () => {
    const gateway = /GraphQL {2}(\S+)/.exec(start.stdout())?.[1] ?? '';
    const { settings } = JSON.parse(readFileSync(join(start.folder, '.data', 'running.json'), 'utf8'));
    const hosts = loopbackHosts();
    const urls = [settings.PUBLIC_URL_IPV4, settings.PUBLIC_URL_IPV6].slice(0, hosts.length);
    const { port } = new URL(gateway);
    expect(urls).toEqual(hosts.map((host) => `http://${host.includes(':') ? `[${host}]` : host}:${port}`));
    for (const [index, url] of urls.entries()) {
      const { address, family } = await (await fetch(`${url}/address-proof`)).json();
      expect([address, family]).toEqual(index === 0 ? ['127.0.0.1', 'IPV4'] : ['::/64', 'IPV6']);
    }
  });

  it('leads the links of its mails to pages that are there, and that the gateway lets use the API', async () => {
    const gateway = /GraphQL {2}(\S+)/.exec(start.stdout())?.[1] ?? '';
    const mailbox = /mail {5}(\S+)/.exec(start.stdout())?.[1] ?? '';
    const mail = await (await fetch(`${mailbox}/latest.txt?to=me@example.net`)).text();
    const [link = ''] = /http:\S+\/confirm-sign-up#\S+/.exec(mail) ?? [];
    expect(link.startsWith(`${mailbox}/`)).toBe(true);
    const page = await fetch(link);
    expect(page.status).toBe(200);
    expect(await page.text()).toContain(`data-port="${new URL(gateway).port}"`);
    const preflight = await fetch(gateway, {
      method: 'OPTIONS',
      headers: {
        origin: mailbox,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(preflight.headers.get('access-control-allow-origin')).toBe(mailbox);
    expect(preflight.headers.get('access-control-allow-credentials')).toBe('true');
  });

  it('gives a person who follows the guide everything that is stored about them', async () => {
    const account = tryLines(start).slice(0, 3);
    const lines = [...account, walk(start, API, 'Two helpers'), walk(start, API, 'Your own data')];
    await shell(
      lines.map((line) => line.replaceAll('me@', 'curious@')),
      folder.path,
    );
    const files = await unzipped(readFileSync(join(folder.path, 'my-data.zip')));
    const { account: rows } = JSON.parse(files.get('data/account.json')!.toString());
    expect(rows).toMatchObject([{ email: 'curious@example.net' }]);
    expect(files.get('index.html')!.toString()).toContain('curious@example.net');
  });

  it('shows why nothing is downloaded when the account in the guide has a second factor already, and ends', async () => {
    const account = tryLines(start).slice(0, 3);
    const again = ['STEP_UP=', walk(start, API, 'Your own data'), 'echo "export: $EXPORT"'];
    const lines = [
      ...account,
      walk(start, API, 'Two helpers'),
      walk(start, API, 'A second factor'),
      ...again,
    ].map((line) => line.replaceAll('me@', 'twice@'));
    const output = await shell(['exec 2>&1', ...lines], folder.path);
    expect(output).toContain('The account has a second factor. Use it instead of the password.');
    expect(output).toContain('STEP_UP_REQUIRED');
    expect(output.trimEnd().split('\n').at(-1)).toBe('export:');
  });

  it('gives a person who follows the guide a session that began with two factors', async () => {
    const [signUp, link, session] = tryLines(start);
    const here = ['Two helpers', 'A second factor'].map((heading) => walk(start, API, heading));
    const lines = [signUp!, link!, session!, ...here].map((line) => line.replaceAll('me@', 'walker@'));
    const output = await shell(lines);
    const { completeSignIn } = JSON.parse(output.slice(output.lastIndexOf('{"data"'))).data;
    expect(completeSignIn).toEqual({
      session: {
        account: { email: 'walker@example.net' },
        token: expect.stringMatching(/^[\w-]{43}$/) as string,
      },
      userErrors: [],
    });
  });

  it('shows a person who follows the guides what a VPN node has reported of them', async () => {
    const account = tryLines(start).slice(0, 3);
    const headings = ['Two helpers', 'A second factor', 'Usage data'];
    const lines = [
      ...account,
      ...headings.map((heading) => walk(start, API, heading)),
      walk(start, 'vpn-nodes.md', 'Try it'),
    ];
    const output = await shell(
      lines.map((line) => line.replaceAll('me@', 'reported@')),
      folder.path,
    );
    const [before, recorded, after] = output
      .slice(output.indexOf('{"data":{"viewer"'))
      .split(/(?=\{"data")/)
      .map((answer) => JSON.parse(answer).data);
    expect(before.viewer.usage).toMatchObject({ daysConnected: 0, megabytes: 0, byLocation: [] });
    expect(recorded).toEqual({ recordUsage: { outcome: 'COUNTED', userErrors: [] } });
    expect(after.viewer.usage).toMatchObject({
      daysConnected: 1,
      megabytes: 823,
      byLocation: [{ location: { name: 'New York' }, daysConnected: 1, megabytes: 823 }],
    });
  });

  it('works for a person who signs in again', async () => {
    const [signUp, link, session] = tryLines(start);
    const again = [
      walk(start, API, 'Sign in again'),
      walk(start, API, 'Two helpers'),
      walk(start, API, 'Usage data'),
    ];
    const lines = [signUp!, link!, session!, 'TOKEN=', ...again];
    const output = await shell(lines.map((line) => line.replaceAll('me@', 'again@')));
    expect(JSON.parse(output.slice(output.lastIndexOf('{"data"'))).data.viewer.usage).toMatchObject({
      megabytes: 0,
    });
  });

  it('leads the operator through the first day without an error', async () => {
    const output = await shell(['exec 2>&1', walk(start, 'first-day.md')], folder.path);
    expect(output).not.toMatch(/FAIL|"(?:message|errors)"|not found/);
    expect(output).toContain('"email":"boss@example.net","role":"ADMIN"');
    expect(output).toContain('"prefix":"198.51.100.0/24"');
    expect(output).toMatch(/^berlin-1 +de-frankfurt$/m);
    expect(output).toMatch(/^gateway_dependency_up\{part="postgres"\} 1$/m);
    expect(output).toMatch(/^dns_allowlist_entries \d+$/m);
  });

  it('gives each process its own settings only', () => {
    const environment = (pid: number) =>
      readFileSync(`/proc/${pid}/environ`, 'utf8')
        .split('\0')
        .map((pair) => pair.split('=')[0]);
    const node = environment(named(start, /dns-node\.js$/));
    const gateway = environment(named(start, /gateway\.js$/));
    expect(node).toContain('DNS_PORT');
    expect(node).not.toContain('DATABASE_URL');
    expect(node).not.toContain('GATEWAY_PORT');
    expect(gateway).toContain('DATABASE_URL');
    expect(gateway).not.toContain('DNS_UPSTREAMS');
  });

  it('shows the command line where it runs, and nobody else', async () => {
    expect(statSync(join(folder.path, '.data/running.json')).mode & 0o777).toBe(0o600);
    const doctor = await runCli(['doctor'], {}, folder.path);
    expect(doctor).toMatchObject({ code: 0, stderr: '' });
    expect(doctor.stdout).not.toContain('FAIL');
    const added = await runCli(['allowlist', 'add', '127.0.0.44'], {}, folder.path);
    expect(added.stdout).toBe('added\n');
    const elsewhere = await runCli(['allowlist', 'stats'], { REDIS_URL: 'redis://127.0.0.1:1' }, folder.path);
    expect(elsewhere.stderr).toBe('REDIS_URL: cannot connect (ECONNREFUSED)\n');
  });

  it('refuses to run twice in one folder', async () => {
    const second = startCommand(folder.path);
    expect(await second.ended).toBe(1);
    expect(second.stderr()).toBe('npm start already runs in this folder; stop it first\n');
    expect(family(start.pid).length).toBeGreaterThan(4);
  });

  it('ends every process on Ctrl-C, even when it is pressed twice', async () => {
    const members = family(start.pid);
    start.ctrlC();
    start.ctrlC();
    expect(await start.ended).toBe(0);
    expect(await survivors(members)).toEqual([]);
    expect(() => statSync(join(folder.path, '.data/running.json'))).toThrow(/ENOENT/);
    expect(start.stderr()).not.toContain('"level":"error"');
  });

  it('keeps its data for the next start', async () => {
    start = startCommand(folder.path);
    await start.ready;
    const [signUp = '', , , , dig = ''] = tryLines(start);
    expect((await shell([dig])).trimEnd()).toMatch(RELAY);
    const signIn = signUp.replace(/signUp\(.*\{ userErrors/, `signIn(input: {${CREDENTIALS}}) { userErrors`);
    expect(await shell([signIn])).toBe('{"data":{"signIn":{"userErrors":[]}}}\n');
  });

  it('ends every process when it is killed, and can start again immediately', async () => {
    const members = family(start.pid);
    start.kill('SIGKILL');
    await start.ended;
    start = startCommand(folder.path);
    await start.ready;
    expect(await survivors(members)).toEqual([]);
  });

  /** A Redis names its port in the list of processes. */
  function redisAt(setting: string): RegExp {
    const { settings } = JSON.parse(readFileSync(join(folder.path, '.data', 'running.json'), 'utf8'));
    return new RegExp(`^\\S*(redis|valkey)-server .*:${new URL(settings[setting]).port}`);
  }

  it.each([
    { part: 'dns-node', program: () => /dns-node\.js$/ },
    { part: 'gateway', program: () => /gateway\.js$/ },
    { part: 'Redis', program: () => redisAt('REDIS_URL') },
    { part: 'the ephemeral Redis', program: () => redisAt('REDIS_EPHEMERAL_URL') },
  ])('stops everything when $part ends on its own, and names it', async ({ part, program }) => {
    const members = family(start.pid);
    process.kill(named(start, program()), 'SIGKILL');
    expect(await start.ended).toBe(1);
    expect(start.stderr()).toMatch(new RegExp(`^${part} ended unexpectedly`, 'm'));
    expect(await survivors(members)).toEqual([]);
    start = startCommand(folder.path);
    await start.ready;
  });

  it('stops on SIGTERM while it is still starting', async () => {
    start.kill('SIGTERM');
    await start.ended;
    start = startCommand(folder.path);
    await untilOutput(() => start.stderr().includes('Starting Redis'));
    const members = family(start.pid);
    start.kill('SIGTERM');
    expect(await start.ended).toBe(0);
    expect(start.stdout()).toBe('');
    expect(await survivors(members)).toEqual([]);
  });
});

async function untilOutput(seen: () => boolean): Promise<void> {
  const deadline = Date.now() + 10_000;
  while (!seen()) {
    if (Date.now() > deadline) throw new Error('the expected output did not come');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

describe('npm start with given stores', { timeout: 60_000 }, () => {
  it('embeds nothing', async () => {
    const [redis, ephemeral, database, folder] = await Promise.all([
      startRedis(),
      startEphemeral(),
      freshDatabase(),
      testFolder(),
    ]);
    const start = startCommand(folder.path, {
      DATABASE_URL: database.url,
      // Of a user who may do what the gateway and the dns-node do.
      REDIS_URL: redis.operatorUrl,
      REDIS_EPHEMERAL_URL: ephemeral.url,
    });
    try {
      await start.ready;
      expect(family(start.pid).map(({ command }) => command.split('/').at(-1))).toEqual([
        'dev.js',
        'gateway.js',
        'dns-node.js',
      ]);
      expect(start.stderr()).not.toMatch(/Postgres|Redis/);
      start.ctrlC();
      expect(await start.ended).toBe(0);
    } finally {
      start.kill('SIGKILL');
      await start.ended;
      await Promise.all([redis.stop(), ephemeral.stop(), database.drop(), folder.remove()]);
    }
  });
});
