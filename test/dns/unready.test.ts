// A node without a list: it can say of nobody that they are not allowed, and nobody's traffic should come.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { AllowlistReplica } from '../../src/allowlist/replica.js';
import { freePort } from '../../src/dev/embedded/process.js';
import { type Prefix, parsePrefix, prefixOf } from '../../src/lib/ip.js';
import { debianPackage } from '../support/debian.js';
import { askOnce, TcpDevice, type Transport, UdpDevice } from './support/device.js';
import { decode, query } from './support/messages.js';
import { LOCAL_HEADER } from './support/proxy-header.js';
import { startTestEdge, type TestEdge, type TestEdgeOptions, UDP_TRANSPORTS } from './support/test-edge.js';

const CUSTOMER = '127.0.0.7';
const UNLISTED = '127.0.0.66';
const BALANCER = '127.0.0.1';
const RELAYED = 'www.stream.example';
const PORTAL = 'portal.vpn.example';
const balancers = [parsePrefix(BALANCER) as Prefix];

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function start(options: TestEdgeOptions): Promise<TestEdge> {
  const edge = await startTestEdge(options);
  cleanUps.push(() => edge.close());
  return edge;
}

/** A list in which the customer stands alone. */
function allowed(): AllowlistReplica {
  const list = new AllowlistReplica();
  list.set(prefixOf({ family: 4, words: [0x7f000007] }, 32), 'us');
  return list;
}

describe.each(UDP_TRANSPORTS)('without an allowlist, over %s', (_, workers) => {
  it('allowed and unlisted clients get the same: the portal, and SERVFAIL', async () => {
    const allowlist = AllowlistReplica.unknown();
    const edge = await start({ workers, allowlist });
    for (const transport of ['udp', 'tcp'] as const) {
      const ask = (source: string, question: Parameters<typeof query>[0]) =>
        askOnce({ port: edge.port, source, transport }, query(question));
      for (const question of [{ name: RELAYED }, { name: 'www.example.org' }, { name: PORTAL, type: 255 }]) {
        const answers = [await ask(CUSTOMER, question), await ask(UNLISTED, question)];
        expect(answers[0]).toEqual(answers[1]);
        expect(decode(answers[0]!)).toMatchObject({ rcode: 'SERVFAIL', answers: [] });
        expect(answers[0]!.length).toBeLessThanOrEqual(query(question).length);
      }
      expect(decode(await ask(CUSTOMER, { name: PORTAL })).rcode).toBe('NOERROR');
    }
    allowlist.become(allowed());
    const ask = (source: string) =>
      askOnce({ port: edge.port, source, transport: 'udp' }, query({ name: RELAYED }));
    expect(decode(await ask(CUSTOMER)).answers).toEqual(['A 198.51.100.10']);
    expect(decode(await ask(UNLISTED)).rcode).toBe('REFUSED');
    allowlist.become(AllowlistReplica.unknown());
    expect(decode(await ask(CUSTOMER)).rcode).toBe('SERVFAIL');
  });

  it("a balancer's health check fails for every name", async () => {
    const allowlist = AllowlistReplica.unknown();
    const edge = await start({ workers, allowlist, balancers });
    const check = async (transport: Transport, name: string) => {
      const message = query({ name });
      if (transport === 'udp') {
        const device = await UdpDevice.at(BALANCER, edge.port);
        const answer = await device.ask(Buffer.concat([LOCAL_HEADER, message]));
        device.close();
        return decode(answer).rcode;
      }
      const device = await TcpDevice.at(BALANCER, edge.tcpPort);
      device.socket.write(LOCAL_HEADER);
      const answer = await device.ask(message);
      device.close();
      return decode(answer).rcode;
    };
    for (const transport of ['udp', 'tcp'] as const) {
      for (const name of [RELAYED, PORTAL]) expect(await check(transport, name)).toBe('SERVFAIL');
    }
    allowlist.become(allowed());
    for (const transport of ['udp', 'tcp'] as const) {
      expect(await check(transport, RELAYED)).toBe('REFUSED');
      expect(await check(transport, PORTAL)).toBe('NOERROR');
    }
  });
});

describe('dnsdist', () => {
  it('sends no query to a node without an allowlist, and all once it has one', async () => {
    const program = await debianPackage('dnsdist');
    const allowlist = AllowlistReplica.unknown();
    const unready = await start({ workers: 1, allowlist, balancers });
    const ready = await start({ workers: 1, allowlist: allowed(), balancers });
    const port = await freePort();
    const folder = await mkdtemp(join(tmpdir(), 'gateway-test-dnsdist-'));
    cleanUps.push(() => rm(folder, { recursive: true, force: true }));
    // Its own check asks for a.root-servers.net, and takes every rcode but SERVFAIL for health.
    const server = (name: string, { udpPort }: TestEdge) =>
      `newServer{address='127.0.0.1:${udpPort}', name='${name}', useProxyProtocol=true}`;
    const config = [`setLocal('127.0.0.1:${port}')`, server('unready', unready), server('ready', ready)];
    await writeFile(join(folder, 'dnsdist.conf'), [...config, 'setServerPolicy(roundrobin)', ''].join('\n'));
    const dnsdist = spawn(program, ['--supervised', '-C', join(folder, 'dnsdist.conf')], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    cleanUps.push(() => stopped(dnsdist));
    await said(dnsdist, /Marking downstream unready .* as 'down'/);
    const asked = async () => {
      const rcodes = new Set<string>();
      for (let count = 0; count < 20; count++) {
        const answer = await askOnce({ port, source: CUSTOMER, transport: 'udp' }, query({ name: RELAYED }));
        rcodes.add(decode(answer).rcode);
      }
      return [...rcodes];
    };
    expect(await asked()).toEqual(['NOERROR']);
    allowlist.become(allowed());
    await said(dnsdist, /Marking downstream unready .* as 'up'/);
    ready.allowlist.become(AllowlistReplica.unknown());
    await said(dnsdist, /Marking downstream ready .* as 'down'/);
    expect(await asked()).toEqual(['NOERROR']);
  });
});

/** Resolves with the first line of the process that fits. */
async function said(process: ChildProcess, pattern: RegExp): Promise<void> {
  const heard = Promise.withResolvers<void>();
  const lines: string[] = [];
  for (const output of [process.stdout!, process.stderr!]) {
    createInterface(output).on('line', (line) => {
      lines.push(line);
      if (pattern.test(line)) heard.resolve();
    });
  }
  process.once('exit', () => heard.reject(new Error(lines.join('\n'))));
  await heard.promise;
}

async function stopped(process: ChildProcess): Promise<void> {
  if (process.exitCode !== null) return;
  process.kill('SIGTERM');
  await once(process, 'exit');
}
