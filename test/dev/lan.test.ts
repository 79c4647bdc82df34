// The trial of docs/guides/set-up-a-device.md in one's own network, in networks of the test's own: a machine that runs `npm start`, and a television.
import { execFile, spawn } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type TestFolder, testFolder } from '../cli/run-cli.js';
import { root } from '../repo/source-files.js';
import { family, survivors } from './start-command.js';

const run = promisify(execFile);

const MACHINE = '10.99.5.1';
const TELEVISION = '10.99.5.3';

/** Without root's rights a namespace of users gives those over networks; Postgres wants no other users in it. */
const IS_ROOT = process.getuid?.() === 0;
const IN_NEW_NETWORK = IS_ROOT
  ? ['unshare', '--net']
  : ['unshare', '--map-current-user', '--keep-caps', '--net'];
const ENTER = IS_ROOT ? ['--net'] : ['--user', '--net', '--preserve-credentials'];

/** The television is a namespace that lives as long as the machine, whose shell becomes `npm start`. */
const SETUP = `
set -e
ip link set lo up
unshare --net setpriv --pdeathsig KILL sleep infinity &
tv=$!
echo "television $tv" >&2
while [ "$(readlink /proc/$tv/ns/net)" = "$(readlink /proc/self/ns/net)" ]; do sleep 0.05; done
ip link add lan type veth peer name tv
ip link set tv netns $tv
ip address add ${MACHINE}/24 dev lan
ip link set lan up
nsenter --target $tv --net sh -c 'ip link set lo up; ip address add ${TELEVISION}/24 dev tv; ip link set tv up'
exec ${process.execPath} ${root}dist/src/bin/dev.js
`;

describe('npm start in a network of one’s own', { timeout: 60_000 }, () => {
  let folder: TestFolder;
  let machine: number;
  let television: number;
  let stdout = '';
  let stop: () => Promise<void>;

  beforeAll(async () => {
    folder = await testFolder();
    const [command = '', ...args] = [...IN_NEW_NETWORK, 'sh', '-c', SETUP];
    const child = spawn(command, args, {
      cwd: folder.path,
      env: {
        PATH: '/usr/sbin:/usr/bin:/sbin:/bin',
        GATEWAY_HOST: '0.0.0.0',
        DNS_HOST: '0.0.0.0',
        DNS_PORT: '53',
        DNS_UPSTREAMS: '',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    machine = child.pid!;
    let stderr = '';
    const ended = new Promise<void>((resolve) => child.once('close', () => resolve()));
    stop = async () => {
      const members = family(machine);
      child.kill('SIGTERM');
      await ended;
      expect(await survivors(members)).toEqual([]);
    };
    await new Promise<void>((resolve, reject) => {
      child.stderr.on('data', (chunk: Buffer) => {
        stderr += chunk.toString();
      });
      child.stdout.on('data', (chunk: Buffer) => {
        stdout += chunk.toString();
        if (/^ready$/m.test(stdout)) resolve();
      });
      ended.then(() => reject(new Error(`it ended:\n${stdout}${stderr}`)));
    });
    television = Number(/^television (\d+)$/m.exec(stderr)?.[1]);
  });
  afterAll(async () => {
    await stop?.();
    await folder?.remove();
  });

  async function on(pid: number, ...command: string[]): Promise<string> {
    const result = await run('nsenter', ['--target', String(pid), ...ENTER, '--', ...command], {
      cwd: folder.path,
      env: { PATH: '/usr/bin:/bin' },
    });
    return result.stdout;
  }

  const cli = (line: string) =>
    on(machine, process.execPath, `${root}dist/src/bin/cli.js`, ...line.split(' '));
  const asked = (name: string) => on(television, 'dig', '+tries=1', `@${MACHINE}`, name);
  const post = async (body: object, ...headers: string[]) => {
    const fields = ['content-type: application/json', ...headers].flatMap((field) => ['-H', field]);
    const url = `http://${MACHINE}:4000/graphql`;
    return JSON.parse(await on(television, 'curl', '-s', url, ...fields, '-d', JSON.stringify(body)));
  };

  it('prints the DNS server for devices, and the command that allows the devices', () => {
    expect(stdout).toMatch(
      new RegExp(`^ +DNS server to enter in a device: +${MACHINE.replaceAll('.', '\\.')}$`, 'm'),
    );
    expect(stdout).toContain(`http://${MACHINE}:4000/graphql\n`);
    expect(stdout).toContain('\nnpm run cli -- allowlist add 10.99.5.0/24\n');
  });

  it('refuses a device until that command has run, and then answers it', async () => {
    expect(await asked('netflix.com')).toContain('status: REFUSED');
    const [, line = ''] = /^npm run cli -- (.*)$/m.exec(stdout) ?? [];
    expect(await cli(line)).toBe('added\n');
    const answer = await asked('netflix.com');
    expect(answer).toContain('status: NOERROR');
    expect(answer).toMatch(/^netflix\.com\.\s+\d+\s+IN\s+A\s+198\.51\.100\.\d+$/m);
  });

  it('names that server to frontends, and shows a browser elsewhere why it can keep no session', async () => {
    const password = (await cli('admin create admin@example.net')).trim();
    const query = `mutation ($input: SignInInput!) { signIn(input: $input) { session { token } } }`;
    const input = { email: 'admin@example.net', password };
    const page = await post({ query, variables: { input } }, `origin: http://${MACHINE}:4000`);
    expect(page.errors[0]).toMatchObject({
      message: expect.stringMatching(/over plain HTTP.*delivery BEARER/),
      extensions: { argument: 'input.delivery' },
    });
    const { data } = await post({ query, variables: { input: { ...input, delivery: 'BEARER' } } });
    const servers = await post(
      { query: '{ viewer { mediaStreamer { dnsServers } } }' },
      `authorization: Bearer ${data.signIn.session.token}`,
    );
    expect(servers.data.viewer.mediaStreamer.dnsServers).toEqual([MACHINE]);
  });
});
