// The programs by which devices ask, unchanged, on a machine of their own whose address nobody has registered.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { debianPackage } from '../support/debian.js';
import { type StubMachine, stubMachine } from '../support/network/stub-network.js';
import { askOnce, UdpDevice } from './support/device.js';
import { decode, ednsOption, query, TYPES } from './support/messages.js';
import { UNLISTED } from './support/table.js';
import { CATALOGUE, startTestEdge, type TestEdge } from './support/test-edge.js';

const PORTAL = 'portal.vpn.example';
const PAGE = 'Register this address.';

let machine: StubMachine;
let edge: TestEdge;
let page: Server;
beforeAll(async () => {
  machine = await stubMachine();
  const portal = { ...CATALOGUE.portal, ipv4: [machine.server], ipv6: [] };
  edge = await startTestEdge({
    listen: { host: machine.server, port: 53 },
    catalogue: { ...CATALOGUE, portal },
    requiresCookie: true,
  });
  page = createServer((_request, response) => response.end(PAGE)).listen(80, machine.server);
  await once(page, 'listening');
});
afterAll(async () => {
  page?.close();
  await edge?.close();
  await machine?.close();
});

const node = (code: string) => machine.run(process.execPath, '-e', code);

describe('an unlisted client reaches the portal', () => {
  it.each([[[]], [['options edns0']], [['options use-vc']], [['options single-request']]])(
    'by glibc with %j: getent, curl and Node',
    async (options) => {
      await machine.resolvConf(`nameserver ${machine.server}`, ...options);
      const getent = await machine.run('getent', 'ahostsv4', PORTAL);
      expect(getent.output.split(/\s+/)[0]).toBe(machine.server);
      expect((await machine.run('getent', 'hosts', PORTAL)).output).toMatch(
        new RegExp(`^${machine.server} `),
      );
      const curl = await debianPackage('curl');
      expect(await machine.run(curl, '-s', `http://${PORTAL}/`)).toEqual({ status: 0, output: PAGE });
      const lookup = `require('node:dns').lookup('${PORTAL}', (error, address) => console.log(error ?? address))`;
      expect((await node(lookup)).output.trim()).toBe(machine.server);
    },
  );

  it('by systemd-resolved', async () => {
    await machine.startResolved();
    await machine.resolvConf('nameserver 127.0.0.53');
    expect((await machine.run('getent', 'ahostsv4', PORTAL)).output.split(/\s+/)[0]).toBe(machine.server);
    await machine.resolvConf(`nameserver ${machine.server}`);
  });

  it('with dig and nslookup, which use no other server', async () => {
    const dig = await debianPackage('bind9-dnsutils');
    expect((await machine.run(dig, '+short', PORTAL)).output.trim()).toBe(machine.server);
    const { status, output } = await machine.run('nslookup', PORTAL);
    expect({ status, output }).toMatchObject({ status: 0, output: expect.not.stringContaining('recursion') });
    expect(output).toContain(machine.server);
  });

  it('by c-ares', async () => {
    const resolve = `require('node:dns').resolve4('${PORTAL}', (error, found) => console.log(error ?? found.join()))`;
    expect((await node(resolve)).output.trim()).toBe(machine.server);
  });
});

describe('musl 1.2.3, which has no TCP,', () => {
  const PROGRAM = `
    #include <arpa/inet.h>
    #include <netdb.h>
    #include <stdio.h>
    int main(int count, char **names) {
      struct addrinfo hints = { .ai_family = AF_INET, .ai_socktype = SOCK_STREAM }, *found;
      char text[INET_ADDRSTRLEN];
      int fault = getaddrinfo(names[1], NULL, &hints, &found);
      if (fault != 0) return puts(gai_strerror(fault)), 1;
      struct in_addr *address = &((struct sockaddr_in *)found->ai_addr)->sin_addr;
      return puts(inet_ntop(AF_INET, address, text, sizeof text)), 0;
    }`;
  let folder: string;
  let lookup: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-test-musl-'));
    lookup = join(folder, 'lookup');
    await writeFile(`${lookup}.c`, PROGRAM);
    await promisify(execFile)(await debianPackage('musl-tools'), ['-static', '-o', lookup, `${lookup}.c`]);
  });
  afterAll(() => rm(folder, { recursive: true }));

  const resolve = async (name: string) => (await machine.run(lookup, name)).output.trim();

  it('reaches the portal and streaming names from an allowed address', async () => {
    edge.list(machine.address, 'us');
    expect(await resolve(PORTAL)).toBe(machine.server);
    expect(await resolve('www.stream.example')).toBe('198.51.100.10');
    edge.unlist(machine.address);
  });

  // docs/operations/dns-node.md, "What devices need": nothing longer than the query goes to a source that may be forged.
  it('does not reach the portal from an unlisted address, nor names that are not in the cache', async () => {
    expect(await resolve(PORTAL)).not.toBe(machine.server);
    edge.list(machine.address, 'us');
    expect(await resolve('www.example.org')).not.toMatch(/^[0-9.]+$/);
    edge.unlist(machine.address);
  });
});

// Their stubs are not to be had here. Both ask over UDP without EDNS, for all types at once, and again over TCP for what comes
// back with TC, as RFC 7766 section 5 wants it.
describe.each([
  ['Apple’s stub', ['A', 'AAAA', 'HTTPS']],
  ['Windows’ stub', ['A', 'AAAA']],
] as const)('by the packets of %s', (_, types) => {
  it('the portal is reached from an unlisted address', async () => {
    const portal = { ...CATALOGUE.portal, ipv6: [] };
    const local = await startTestEdge({ catalogue: { ...CATALOGUE, portal } });
    const questions = types.map((type) => query({ name: PORTAL, type: TYPES[type], id: TYPES[type] }));
    const datagrams = await UdpDevice.at(UNLISTED, local.port);
    for (const question of questions) datagrams.send(question);
    for (const question of questions) {
      const cut = decode(await datagrams.next());
      expect(cut).toMatchObject({ id: question.readUInt16BE(0), rcode: 'NOERROR', flags: 'TC RD RA' });
      // The question as it came, byte for byte: else the answer counts as forged (RFC 5452 section 9.1).
      expect(cut.bytes.subarray(12)).toEqual(question.subarray(12));
      const tcp = { port: local.port, source: UNLISTED, transport: 'tcp' } as const;
      const whole = decode(await askOnce(tcp, question));
      expect(whole).toMatchObject({ id: cut.id, rcode: 'NOERROR', flags: 'RD RA' });
      expect([...whole.answers, ...whole.authority]).toEqual(
        cut.id === TYPES.A ? ['A 192.0.2.80', 'A 192.0.2.81'] : [`SOA ${PORTAL} 300`],
      );
    }
    datagrams.close();
    await local.close();
  });
});

it('a padded query has room for the portal’s address over UDP', async () => {
  const local = await startTestEdge();
  const padding = ednsOption(12, Buffer.alloc(40));
  const message = query({ name: PORTAL, edns: { options: padding } });
  const answer = decode(await askOnce({ port: local.port, source: UNLISTED, transport: 'udp' }, message));
  expect(answer).toMatchObject({ flags: 'RD RA', answers: ['A 192.0.2.80', 'A 192.0.2.81'] });
  expect(answer.bytes.length).toBeLessThanOrEqual(message.length);
  await local.close();
});
