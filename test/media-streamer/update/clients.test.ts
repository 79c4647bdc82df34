import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { debianPackage } from '../../support/debian.js';
import { useGateway } from '../../support/fixtures.js';
import { RawConnection } from '../../support/http/raw-http.js';
import { type Router, startRouter } from '../../support/network/router.js';
import { makeNetwork, type TestNetwork } from '../../support/people/network.js';

const FOLDER = new URL('./clients/', import.meta.url);
/** Somebody whose address one of the recorded requests states as its own. */
const STATED = '203.0.113.7';

const gateway = useGateway({ config: { trustedProxies: ['127.0.0.1'] } });

let home: TestNetwork;
let other: TestNetwork;
let router: Router;
beforeEach(async () => {
  other = await makeNetwork(gateway, { addresses: [STATED] });
  home = await makeNetwork(gateway, { addresses: ['8.8.4.4'] });
  router = await startRouter(gateway.url, '8.8.4.5');
});
afterEach(() => router.close());

/** The requests of a file and what is to be answered to each, as the words of its comment have it. */
async function recorded(file: string): Promise<{ requests: string[]; answers: string[][] }> {
  const lines = (await readFile(new URL(file, FOLDER), 'utf8')).split('\n');
  const words = /^# Answer: (.+)$/m.exec(lines.join('\n'))?.[1] ?? '';
  const basic = Buffer.from(`anna:${home.token}`).toString('base64');
  const text = lines.filter((line) => !line.startsWith('#')).join('\r\n');
  return {
    requests: text
      .replaceAll('{token}', home.token)
      .replaceAll('{basic}', basic)
      .split(/(?<=\r\n)(?=(?:GET|POST) )/)
      .map((request) => (request.startsWith('GET') ? `${request.trimEnd()}\r\n\r\n` : request)),
    answers: words.split(', ').map((each) => each.split(' ')),
  };
}

async function send(request: string) {
  const connection = await RawConnection.to(router.url);
  connection.send(Buffer.from(request, 'latin1'));
  while (connection.answers().length === 0) await once(connection.socket, 'data');
  connection.close();
  return connection.answers()[0]!;
}

describe('the recorded requests of', () => {
  it.each(readdirSync(FOLDER))(
    '%s move the network to their source, and then change nothing',
    async (file) => {
      const { requests, answers } = await recorded(file);
      expect(requests).toHaveLength(answers.length);
      let address = 4;
      for (const [index, request] of requests.entries()) {
        address += 1;
        router.address = `8.8.4.${address}`;
        for (const word of ['good', 'nochg']) {
          const answer = await send(request);
          const line = `${word} ${router.address}\n`;
          expect([request, answer.status, answer.text]).toEqual([
            request,
            200,
            line.repeat(answers[index]!.length),
          ]);
        }
        expect(await home.addresses()).toEqual([router.address]);
      }
      // What a router has sent stands for one address, whatever it states as others.
      expect(await other.addresses()).toEqual([STATED]);
    },
  );

  it('FRITZ!Box over IPv6 give the network a /64 beside its IPv4 address', async () => {
    const { requests } = await recorded('fritzbox.http');
    router.address = '2a00:1450:7:1::5';
    expect((await send(requests[1]!)).text).toBe('good 2a00:1450:7:1::5\n');
    // Another device of the same /64.
    router.address = '2a00:1450:7:1::6';
    expect((await send(requests[1]!)).text).toBe('nochg 2a00:1450:7:1::6\n');
    expect(await home.addresses()).toEqual(['8.8.4.4', '2a00:1450:7:1::/64']);
  });
});

describe('from Debian,', () => {
  const run = async (program: string, ...args: string[]) =>
    (await promisify(execFile)(program, args, { encoding: 'utf8' })).stdout;

  it.each([
    ['curl', ['-sS', '-u', 'anna:TOKEN'], '/nic/update?hostname=tv&myip=203.0.113.7'],
    ['curl', ['-sS', '-X', 'POST', '-d', 'hostname=tv', '-u', 'anna:TOKEN'], '/nic/update'],
    ['curl', ['-sS'], '/u/TOKEN'],
    ['wget', ['-q', '-O', '-', '--user=anna', '--password=TOKEN'], '/nic/update?hostname=tv'],
    ['wget', ['-q', '-O', '-'], '/u/TOKEN'],
    ['busybox', ['wget', '-q', '-O', '-'], '/u/TOKEN'],
    ['busybox', ['wget', '-q', '-O', '-'], 'anna:TOKEN@/v3/update?hostname=tv'],
  ] as const)('%s %j updates at %s', async (name, args, target) => {
    const program = await debianPackage(name);
    const filled = [...args, target].map((each) => each.replace('TOKEN', home.token));
    const path = filled.pop()!;
    const [, user = '', rest = path] = /^(.+@)?(\/.*)$/.exec(path) ?? [];
    const ask = () => run(program, ...filled, `http://${user}${router.host}${rest}`);
    expect(await ask()).toBe('good 8.8.4.5\n');
    expect(await ask()).toBe('nochg 8.8.4.5\n');
    router.address = '8.8.4.6';
    expect(await ask()).toBe('good 8.8.4.6\n');
    expect(await home.addresses()).toEqual(['8.8.4.6']);
  });

  it.each(['curl', 'wget'] as const)('%s reads its own address at /checkip', async (name) => {
    const args = name === 'curl' ? ['-sS'] : ['-q', '-O', '-'];
    const program = await debianPackage(name);
    expect(await run(program, ...args, `${router.url}/checkip`)).toBe('8.8.4.5\n');
    router.address = '2a00:1450:7:1::5';
    expect(await run(program, ...args, `${router.url}/checkip`)).toBe('2a00:1450:7:1::5\n');
  });
});
