// A home with IPv4 and IPv6 behind a cable of its own: a browser proves its addresses, a router updates them, a television asks and
// plays over both. Stand-ins serve at the relays' addresses.

import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, isIPv6 } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Operation,
  RegisterNetwork,
  RemoveNetwork,
  RotateNetworkToken,
  UpdateNetwork,
} from '../../client/index.js';
import { freePort } from '../../src/dev/embedded/process.js';
import { debianPackage } from '../support/debian.js';
import { send } from '../support/http/graphql-client.js';
import { type StubMachine, stubMachine } from '../support/network/stub-network.js';
import { makeAccount } from '../support/people/account.js';
import { type ProductProcess, startProcess } from '../support/product.js';
import { GATEWAY_SETTINGS } from '../support/settings.js';
import { emptyDatabase, type FreshDatabase } from '../support/stores/postgres.js';
import {
  initialiseAllowlist,
  startEphemeral,
  startRedis,
  type TestRedis,
  type TestRedisServer,
} from '../support/stores/redis.js';

const STREAMED = 'www.netflix.com';

let home: StubMachine;
let redis: TestRedis;
let database: FreshDatabase;
let ephemeral: TestRedisServer;
let folder: string;
let gatewayPort: number;
let relay: Server;
const processes: ProductProcess[] = [];
/** The family of each connection to a relay. */
const reached: number[] = [];
let token: string;
let dig: string;
let curl: string;

beforeAll(async () => {
  [dig, curl] = [await debianPackage('bind9-dnsutils'), await debianPackage('curl')];
  home = await stubMachine();
  await home.resolvConf(`nameserver ${home.server6}`);
  [redis, database, ephemeral] = await Promise.all([startRedis(), emptyDatabase(), startEphemeral()]);
  await initialiseAllowlist(redis.url);
  folder = await mkdtemp(join(tmpdir(), 'household-'));
  await serveRelays();
  await startServers();
  const account = await makeAccount(
    { databaseUrl: database.url, redisUrl: redis.url },
    { email: 'anna@example.com' },
  );
  token = account.token;
});
afterAll(async () => {
  await Promise.all(processes.map((each) => each.stop()));
  relay?.close();
  await home?.close();
  await Promise.all([redis?.stop(), database?.drop(), ephemeral?.stop()]);
  if (folder) await rm(folder, { recursive: true });
});

/** The relay of `us` has a /64; that of `uk` has IPv4 alone. */
async function serveRelays(): Promise<void> {
  home.addAddress('server', home.at(3));
  home.addAddress('server', home.at(5));
  home.addPrefix(relayPrefix());
  relay = createServer(({ socket }, response) => {
    reached.push(isIPv6(socket.remoteAddress!) && !socket.remoteAddress!.startsWith('::ffff:') ? 6 : 4);
    response.end('film');
  }).listen(0, '::');
  await once(relay, 'listening');
}

const relayPrefix = () => `${home.at6(0).replace('2001:2:0:', '2001:2:1:').replace(/::.*/, '::')}/64`;

async function startServers(): Promise<void> {
  const regions = join(folder, 'regions.json');
  const relays = (ipv4: string, ipv6?: string) => [{ ipv4, ...(ipv6 && { ipv6 }) }];
  await writeFile(
    regions,
    JSON.stringify({
      dnsServers: [home.server, home.server6],
      portal: { names: ['portal.vpn.example'], ipv4: [home.server], ipv6: [home.server6] },
      defaultRegion: 'us',
      regions: [
        { id: 'us', name: 'United States', relays: relays(home.at(3), relayPrefix()) },
        { id: 'uk', name: 'United Kingdom', relays: relays(home.at(5)) },
      ],
    }),
  );
  const [port, metrics, nodeMetrics, nodeMetrics6] = await Promise.all([1, 2, 3, 4].map(() => freePort()));
  gatewayPort = port!;
  const node = (host: string, metricsPort: number) =>
    startProcess('dns-node', [], {
      DNS_HOST: host,
      DNS_PORT: '53',
      DNS_METRICS_PORT: String(metricsPort),
      REDIS_URL: redis.nodeUrl,
      DNS_UPSTREAMS: '',
      REGIONS: regions,
    });
  const started = [
    startProcess('gateway', [], {
      ...GATEWAY_SETTINGS,
      GATEWAY_HOST: `127.0.0.1,${home.server},${home.server6}`,
      GATEWAY_PORT: String(gatewayPort),
      GATEWAY_METRICS_PORT: String(metrics),
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      REDIS_EPHEMERAL_URL: ephemeral.url,
      REGIONS: regions,
      ALLOW_PRIVATE_ADDRESSES: 'true',
    }),
    node(home.server, nodeMetrics!),
    node(home.server6, nodeMetrics6!),
  ];
  for (const outcome of await Promise.allSettled(started)) {
    if (outcome.status === 'fulfilled') processes.push(outcome.value);
  }
  await Promise.all(started);
}

type Family = 4 | 6;

const gatewayAt = (family: Family) =>
  `http://${family === 4 ? home.server : `[${home.server6}]`}:${gatewayPort}`;

/** What a page in the home's browser gets. */
async function proofOver(family: Family): Promise<string> {
  const { output } = await home.run(curl, '-sf', `${gatewayAt(family)}/address-proof`);
  return JSON.parse(output).proof;
}

/** The address that the television gets; an rcode when there is no answer. `source`: one of the home's addresses. */
async function ask(over: Family, type: 'A' | 'AAAA' | 'HTTPS', source?: string): Promise<string> {
  const server = over === 4 ? home.server : home.server6;
  const from = source === undefined ? [] : ['-b', source];
  const { output } = await home.run(dig, ...from, `@${server}`, STREAMED, type, '+tries=1', '+time=5');
  const rcode = /status: (\w+)/.exec(output)?.[1] ?? 'nothing';
  if (rcode !== 'NOERROR') return rcode;
  return /\sIN\s+(?:A|AAAA|HTTPS)\s+(\S+)$/m.exec(output)?.[1] ?? 'NODATA';
}

/** Asks until both nodes have taken the change. */
async function untilBoth(type: 'A' | 'AAAA', isIt: (answer: string) => boolean, sources?: { 4?: string }) {
  for (const over of [4, 6] as const) {
    for (let answer = ''; !isIt(answer); )
      answer = await ask(over, type, over === 4 ? sources?.[4] : undefined);
  }
}

async function play(): Promise<number> {
  reached.length = 0;
  const { port } = relay.address() as AddressInfo;
  const { status, output } = await home.run(curl, '-sf', '--max-time', '5', `http://${STREAMED}:${port}/`);
  expect({ status, output }).toEqual({ status: 0, output: 'film' });
  return reached[0]!;
}

/** The payload of a mutation, which has no user errors. */
async function call<Data extends object>(
  operation: Operation<Data, { input: never }>,
  input: object,
): Promise<NonNullable<Data[keyof Data]>> {
  const url = `http://127.0.0.1:${gatewayPort}/graphql`;
  const { data, errors } = await send(url, operation, { variables: { input: input as never }, token });
  expect(errors).toBeUndefined();
  const [payload] = Object.values(data) as [NonNullable<Data[keyof Data]>];
  expect(payload).toMatchObject({ userErrors: [] });
  return payload;
}

const isAddress = (answer: string) => /[.:]/.test(answer);

describe('a home with IPv4 and IPv6', () => {
  it('is refused over both until it is registered', async () => {
    expect([await ask(4, 'A'), await ask(6, 'A')]).toEqual(['REFUSED', 'REFUSED']);
  });

  it('is registered over both families in one call, by proofs of a browser, and plays over both', async () => {
    const proofs = [await proofOver(6), await proofOver(4)];
    const { network } = await call(RegisterNetwork, { name: 'Home', regionId: 'us', proofs });
    expect(network!.addresses).toHaveLength(2);
    await untilBoth('A', isAddress);
    for (const over of [4, 6] as const) {
      expect(await ask(over, 'A')).toBe(home.at(3));
      expect(await ask(over, 'AAAA')).toMatch(/^2001:2:1:/);
      expect(await ask(over, 'HTTPS')).toBe('NODATA');
    }
    expect(await play()).toBe(6);

    // The relay of this region has no IPv6: the home plays by IPv4, also when it asks over IPv6.
    await call(UpdateNetwork, { networkId: network!.id, regionId: 'uk' });
    await untilBoth('A', (answer) => answer === home.at(5));
    expect([await ask(4, 'AAAA'), await ask(6, 'AAAA')]).toEqual(['NODATA', 'NODATA']);
    expect(await play()).toBe(4);
    await call(RemoveNetwork, { networkId: network!.id });
    await untilBoth('A', (answer) => answer === 'REFUSED');
  });

  it('that proves IPv6 in the browser gets IPv4 from its router, and follows the router to a new address', async () => {
    const { network } = await call(RegisterNetwork, {
      name: 'Home',
      regionId: 'us',
      proofs: [await proofOver(6)],
    });
    for (let answer = ''; !isAddress(answer); ) answer = await ask(6, 'AAAA');
    // A relay would not admit the home over IPv4, which is not registered.
    expect([await ask(6, 'A'), await ask(4, 'A')]).toEqual(['NODATA', 'REFUSED']);
    expect(await play()).toBe(6);

    const { token: updateToken } = await call(RotateNetworkToken, { networkId: network!.id });
    const update = async (...from: readonly string[]) => {
      const url = `${gatewayAt(4)}/nic/update?hostname=home.vpn.example&myip=`;
      return (await home.run(curl, '-s', ...from, '-u', `home:${updateToken}`, url)).output.trim();
    };
    expect(await update()).toBe(`good ${home.address}`);
    await untilBoth('A', (answer) => answer === home.at(3));
    expect(await update()).toBe(`nochg ${home.address}`);

    const next = home.at(4);
    home.addAddress('machine', next);
    expect(await update('--interface', next)).toBe(`good ${next}`);
    for (let answer = ''; answer !== home.at(3); ) answer = await ask(4, 'A', next);
    // One change: where the new address is answered, the old one is refused.
    expect(await ask(4, 'A', home.address)).toBe('REFUSED');
    expect(await ask(6, 'A')).toBe(home.at(3));
    expect(await play()).toBe(6);
    await call(RemoveNetwork, { networkId: network!.id });
    await untilBoth('A', (answer) => answer === 'REFUSED', { 4: next });
  });
});
