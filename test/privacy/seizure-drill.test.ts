import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { freePort } from '../../src/dev/embedded/process.js';
import { TcpDevice, UdpDevice } from '../dns/support/device.js';
import { query } from '../dns/support/messages.js';
import { proxyHeader } from '../dns/support/proxy-header.js';
import { connectFrom, DohDevice, dotDevice } from '../dns/support/stream-devices.js';
import { startUpstream, type TestUpstream } from '../dns/support/upstream-server.js';
import { type GraphqlRequest, graphql } from '../support/http/graphql-client.js';
import { sendUpdate } from '../support/http/update-client.js';
import { makeCertificate } from '../support/network/certificate.js';
import { ask, askUntil, type DnsQuestion } from '../support/network/dns-client.js';
import { startProcess } from '../support/product.js';
import { startRedis } from '../support/stores/redis.js';
import { liveAnAccountsLife } from './account-life.js';
import { Canaries } from './canary.js';
import { type RaidedProduct, startToBeRaided } from './raid.js';
import { readCampaign } from './read-campaign.js';
import { type Find, scan } from './scan.js';
import { useTheVpn } from './usage-life.js';

/** The first of the portal's names in the shipped file of regions. */
const PORTAL = 'portal.cyberspacevpn.example';

/** What accounts are made of. */
const IN_POSTGRES = ['e-mail of the account', 'e-mail that the account changes to', 'name of a person'];

describe('the seizure drill', () => {
  const canaries = new Canaries();
  const account = `${canaries.secret('e-mail of the account')}@example.com`;
  const kept = canaries.source('address that stays registered');
  const label = canaries.secret('label of the address that stays registered');
  const balancer = '127.0.0.250';
  let upstream: TestUpstream;
  let product: RaidedProduct;
  let dotPort: number;
  let dohPort: number;
  let certificates: string;

  beforeAll(async () => {
    upstream = await startUpstream();
    [dotPort, dohPort] = await Promise.all([freePort(), freePort()]);
    certificates = await mkdtemp(join(tmpdir(), 'gateway-drill-'));
    const { cert, key } = makeCertificate();
    await writeFile(join(certificates, 'cert.pem'), cert);
    await writeFile(join(certificates, 'key.pem'), key);
    product = await startToBeRaided({
      DNS_UPSTREAMS: `127.0.0.1:${upstream.port}`,
      DNS_TLS_PORT: String(dotPort),
      DNS_HTTPS_PORT: String(dohPort),
      DNS_TLS_CERT: join(certificates, 'cert.pem'),
      DNS_TLS_KEY: join(certificates, 'key.pem'),
      DNS_BALANCERS: balancer,
      DNS_LIVE_ADDRESSES: '127.0.0.1',
      TRUSTED_PROXIES: '127.0.0.1',
    });
  }, 120_000);
  afterAll(async () => {
    await upstream?.close();
    await product?.remove();
    await rm(certificates, { recursive: true, force: true });
  });

  const call = (request: GraphqlRequest) => graphql(product.graphqlUrl, request);
  const question = (source: string, name: string, more: Partial<DnsQuestion> = {}): DnsQuestion => ({
    port: product.dnsPort,
    source,
    name,
    ...more,
  });

  it('leaves nothing of what people did, once every process is killed', async () => {
    const removed = await useTheGateway();
    await useTheEdge(removed);
    await leaveTheOtherAddresses(removed);
    await product.keepMetrics();
    await product.raid();

    const report = scan(product.folder, canaries.all);
    const summary = `${report.bytes} bytes of ${report.files} files for ${canaries.all.length} canaries in ${report.forms} forms`;
    process.stdout.write(`seizure drill: scanned ${summary}\n`);
    expect(report.finds.filter((find) => !isAllowed(find))).toEqual([]);
    // What must be there is found: the scan reads the stores that it claims to read.
    expect(report.finds).toContainEqual(
      expect.objectContaining({ canary: 'e-mail of the account', form: 'text' }),
    );
    expect(report.finds).toContainEqual(
      expect.objectContaining({ canary: 'label of the address that stays registered', form: 'text' }),
    );
    expect(report.finds.some((find) => find.canary === 'address that stays registered')).toBe(true);
  }, 120_000);

  /** Allowed: a registered address in Redis only; an account's name and e-mail in Postgres only. */
  function isAllowed(find: Find): boolean {
    if (IN_POSTGRES.includes(find.canary)) return find.file.startsWith('.data/postgres/');
    return find.canary.endsWith('address that stays registered') && find.file.startsWith('.data/redis/');
  }

  /** Signs up and in, registers networks, and provokes errors; returns networks that are to be removed. */
  async function useTheGateway() {
    const { token, password } = await liveAnAccountsLife(product, canaries, account);
    await readCampaign(product, canaries, token);
    await useTheVpn(product, canaries, token);
    const signUp = 'mutation ($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }';
    const dwelling = { country: 'DE', attestedAge: 18 };
    const signIn =
      'mutation ($input: SignInInput!) { signIn(input: $input) { session { token } userErrors { code } } }';
    const wrong = { email: account, password: canaries.secret('wrong password') };
    await call({ query: signIn, variables: { input: wrong } });
    const stranger = { email: `${canaries.secret('e-mail without an account')}@example.com`, password };
    await call({ query: signIn, variables: { input: stranger } });
    await call({
      query: signUp,
      variables: { input: { email: canaries.secret('malformed e-mail'), password, ...dwelling } },
    });

    const register = `mutation ($input: RegisterNetworkInput!) {
      registerNetwork(input: $input) { network { id addresses { address } } userErrors { code } }
    }`;
    const networks: { id: string; address: string }[] = [];
    const registerFrom = async (
      name: string,
      more: Partial<GraphqlRequest>,
      proofs: readonly string[] = [],
    ) => {
      const variables = { input: { name, regionId: 'us', proofs } };
      const answer = await call({ query: register, variables, token, ...more });
      expect(answer.data.registerNetwork.userErrors).toEqual([]);
      const { id, addresses } = answer.data.registerNetwork.network;
      return { id, address: addresses[0].address };
    };
    await registerFrom(label, { source: kept });
    const removedLabel = canaries.secret('label of a removed address');
    networks.push(await registerFrom(removedLabel, { source: canaries.source('removed address') }));
    const forwarded = { 'x-forwarded-for': canaries.forwarded6('removed forwarded address') };
    networks.push(await registerFrom(removedLabel, { headers: forwarded }));
    const proofs = [await proofFrom(canaries.source('removed address of a proof'))];
    const proved = await registerFrom(removedLabel, { source: canaries.source('user of a proof') }, proofs);
    networks.push(proved);
    await updateByRouter(proved.id, token);

    const visitor = { 'x-forwarded-for': canaries.forwarded6('forwarded address of a visitor') };
    const viewer =
      '{ viewer { mediaStreamer { currentAddresses { address networks { id } } networks { name } } } }';
    await call({
      query: viewer,
      token,
      headers: { ...visitor, 'user-agent': canaries.secret('user agent') },
    });
    await call({ query: viewer, source: canaries.source('address of an anonymous visitor') });
    await provokeErrors(token);
    return { token, networks };
  }

  async function proofFrom(source: string): Promise<string> {
    const { status, text } = await sendUpdate(product.graphqlUrl, { path: '/address-proof', source });
    expect(status).toBe(200);
    return canaries.token(`proof from ${source}`, JSON.parse(text).proof);
  }

  /** With the password, and with the link; with a token that is replaced, a wrong one, and addresses that a router states. */
  async function updateByRouter(networkId: string, token: string): Promise<void> {
    const rotate = async (what: string) => {
      const query =
        'mutation ($input: RotateNetworkTokenInput!) { rotateNetworkToken(input: $input) { token userErrors { code } } }';
      const { data } = await call({ query, variables: { input: { networkId } }, token });
      return canaries.secret(what, data.rotateNetworkToken.token);
    };
    const update = async (status: number, what: string, password: string | null, path = '/nic/update') => {
      const stated = `hostname=${canaries.name(`host of ${what}`, 'example.net')}&myip=${canaries.source(`myip of ${what}`)}`;
      const answer = await sendUpdate(product.graphqlUrl, {
        path: `${path}?${stated}`,
        source: canaries.source(`source of ${what}`),
        headers: { 'user-agent': canaries.secret(`user agent of ${what}`) },
        ...(password !== null && { password }),
      });
      expect({ what, status: answer.status }).toEqual({ what, status });
    };
    const replaced = await rotate('update token that is replaced');
    await update(200, 'an update', replaced);
    const current = await rotate('update token');
    await update(401, 'an update with a replaced token', replaced);
    await update(401, 'an update with a wrong token', canaries.secret('wrong update token'));
    await update(200, 'an update by a link', null, `/u/${current}`);
    await update(401, 'an update by a wrong link', null, `/u/${canaries.secret('token of a wrong link')}`);
    await update(200, 'a look at the own address', null, '/checkip');
  }

  async function provokeErrors(token: string): Promise<void> {
    const canary = (what: string) => canaries.secret(`value in ${what}`);
    const update = `mutation ($input: UpdateNetworkInput!) { updateNetwork(input: $input) { userErrors { code message } } }`;
    await call({
      query: update,
      variables: { input: { networkId: canary('a malformed id'), name: canary('a refused name') } },
      token,
    });
    await call({ query: update, variables: { input: { [canary('an unknown input field')]: 1 } }, token });
    await call({ query: `{ ${`f${canary('an unknown field')}`} }`, token });
    await call({ query: `{ viewer(${`a${canary('a syntax error')}`} }`, token });
    await call({ query: '{ viewer { account { email } } }', token: canary('a false token') });
    const nul = {
      email: `${canary('a text that Postgres refuses')}\0@example.com`,
      password: canary('its password'),
    };
    await call({
      query: 'mutation ($input: SignInInput!) { signIn(input: $input) { userErrors { code } } }',
      variables: { input: nul },
    });
    await whileATableIsMissing(async () => {
      const unlucky = {
        email: `${canary('an e-mail that Postgres fails on')}@example.com`,
        password: canary('its password'),
        country: 'DE',
        attestedAge: 18,
      };
      const query = 'mutation ($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }';
      const failed = await call({ query, variables: { input: unlucky } });
      expect(failed.errors?.[0]?.extensions?.code).toBe('INTERNAL_SERVER_ERROR');
    });
    const base = product.graphqlUrl.replace('/graphql', '');
    await fetch(`${base}/${canary('a path')}?${canary('a query string')}`);
    await fetch(`${base}/graphql`, { method: 'POST', body: canary('a body that is not JSON') });
    await fetch(`${base}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: `{"query":"${canary('a body that is too large').repeat(20_000)}"}`,
    });
  }

  /** An error of TypeORM and of pg that holds the statement's parameters. */
  async function whileATableIsMissing(use: () => Promise<void>): Promise<void> {
    const client = new pg.Client({ connectionString: product.databaseUrl });
    await client.connect();
    await client.query('ALTER TABLE sign_up RENAME TO sign_up_elsewhere');
    await use();
    await client.query('ALTER TABLE sign_up_elsewhere RENAME TO sign_up');
    await client.end();
  }

  async function useTheEdge({ networks }: { networks: readonly { address: string }[] }): Promise<void> {
    const listed = networks[0]!.address;
    await askUntil('NOERROR', question(listed, canaries.name('relayed name', 'netflix.com')));
    await ask(question(kept, canaries.name('relayed name over TCP', 'netflix.com'), { transport: 'tcp' }));
    for (const transport of ['udp', 'tcp'] as const) {
      const forwarded = canaries.name(`forwarded name over ${transport}`, 'example.org');
      await ask(question(listed, forwarded, { transport }));
      await ask(question(listed, forwarded, { transport, type: 'AAAA' }));
      await ask(question(kept, forwarded, { transport }));
      const refused = canaries.name(`refused name over ${transport}`, 'netflix.com');
      await ask(question(canaries.source(`unlisted source over ${transport}`), refused, { transport }));
    }
    const proved = canaries.name('forwarded name with a server cookie', 'example.org');
    expect((await ask(question(listed, proved, { cookie: true }))).rcode).toBe('NOERROR');
    await useTlsAndBalancers(listed);
    await diagnose(listed);
    const missing = canaries.name('name that does not exist', 'nxdomain.example.org');
    expect((await ask(question(listed, missing, { transport: 'tcp' }))).rcode).toBe('NXDOMAIN');
    await ask(question(listed, missing));
    await malformed(listed, canaries.name('name in a malformed message', 'example.org'));
    await upstream.close();
    const failed = canaries.name('name while the upstream is down', 'example.org');
    expect((await ask(question(listed, failed, { transport: 'tcp' }))).rcode).toBe('SERVFAIL');
    await ask(question(listed, failed));
  }

  /** Over DoT and DoH, as a customer and as a stranger, with questions in the path; and through a load balancer. */
  async function useTlsAndBalancers(listed: string): Promise<void> {
    const strangers = canaries.source('unlisted source over TLS');
    for (const source of [listed, strangers]) {
      const dot = await dotDevice({ source, port: dotPort });
      await dot.ask(query({ name: canaries.name(`name over DoT from ${source === listed}`, 'example.org') }));
      dot.close();
      // A stranger's connection ends with its answer, so each request has its own.
      const overDoh = async (request: (device: DohDevice) => Promise<unknown>) => {
        const device = await DohDevice.at({ source, port: dohPort });
        await request(device);
        device.close();
      };
      const names = {
        get: canaries.name(`name over DoH with GET from ${source === listed}`, 'example.org'),
        post: canaries.name(`name over DoH with POST from ${source === listed}`, 'netflix.com'),
      };
      const path = `/${canaries.secret(`path over DoH from ${source === listed}`)}`;
      await overDoh((device) => device.get(query({ name: names.get })));
      await overDoh((device) => device.post(query({ name: names.post })));
      await overDoh((device) => device.request({ ':path': path }));
    }
    const header = proxyHeader({ source: canaries.source('source in a PROXY header') });
    const name = canaries.name('name through a load balancer', 'netflix.com');
    const stream = new TcpDevice(await connectFrom({ source: balancer, port: product.dnsPort, header }));
    await stream.ask(query({ name }));
    stream.close();
    const datagrams = await UdpDevice.at(balancer, product.dnsPort);
    await datagrams.ask(Buffer.concat([header, query({ name })]));
    datagrams.close();
  }

  /** Check names with nonces, the self name, and a page of live counts that is still open when the processes are killed. */
  async function diagnose(listed: string): Promise<void> {
    const stranger = canaries.source('unlisted source that checks');
    const device = await DohDevice.at({ source: stranger, port: dohPort });
    const view = device.session.request({ ':authority': `live.check.${PORTAL}`, ':path': '/counts' });
    view.setEncoding('utf8');
    let shown = '';
    view.on('data', (text: string) => {
      shown += text;
    });
    await once(view, 'response');
    for (const source of [listed, stranger]) {
      const who = source === listed ? 'an allowed client' : 'a stranger';
      for (const transport of ['udp', 'tcp'] as const) {
        for (const fact of ['ours', 'listed', 'stale', 'region-us']) {
          const name = canaries.name(
            `nonce of ${who} for ${fact} over ${transport}`,
            `${fact}.check.${PORTAL}`,
          );
          expect((await ask(question(source, name, { transport }))).rcode).toMatch(/^(?:NOERROR|NXDOMAIN)$/);
        }
        const self = canaries.name(`self name of ${who} over ${transport}`, `home.${PORTAL}`);
        await ask(question(source, self, { transport }));
        await ask(question(source, `status.check.${PORTAL}`, { transport, type: 'TXT' }));
        await ask(
          question(source, canaries.name(`name of ${who} while it watches`, 'netflix.com'), { transport }),
        );
      }
    }
    await expect.poll(() => shown, { timeout: 10_000 }).toContain('"refused":2');
    // The product is killed with the page open.
    device.session.on('error', () => {});
  }

  /** A question whose last label claims more than there is. */
  async function malformed(from: string, name: string): Promise<void> {
    const labels = name.split('.').map((text) => Buffer.from([text.length, ...Buffer.from(text)]));
    const header = Buffer.from([0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    const message = Buffer.concat([header, ...labels, Buffer.from([60])]);
    const socket = createSocket('udp4');
    await new Promise<void>((resolve) => socket.bind(0, from, resolve));
    const answered = new Promise((resolve) => socket.once('message', resolve));
    socket.send(message, product.dnsPort, '127.0.0.1');
    await answered;
    socket.close();
  }

  /** Removes what is to be removed and lets the upkeep run that the gateway runs by the clock. */
  async function leaveTheOtherAddresses(removed: {
    token: string;
    networks: readonly { id: string; address: string }[];
  }) {
    const query =
      'mutation ($input: RemoveNetworkInput!) { removeNetwork(input: $input) { userErrors { code } } }';
    for (const { id: networkId } of removed.networks) {
      const answer = await call({ query, variables: { input: { networkId } }, token: removed.token });
      expect(answer.data.removeNetwork.userErrors).toEqual([]);
    }
    await askUntil('REFUSED', question(removed.networks[0]!.address, 'www.netflix.com'));
    const redis = new Redis(product.redisUrl);
    const writer = new AllowlistWriter(redis);
    await writer.upkeep.forgetChanges((await writer.stats()).revision);
    await expect.poll(() => writer.upkeep.startRewrite(), { timeout: 10_000 }).toBe('started');
    await expect.poll(() => writer.upkeep.rewriteOutcome(), { timeout: 10_000 }).toBe('done');
    await redis.quit();
  }

  it('can fail: a dns-node made to write one question to its log is found out', async () => {
    const own = new Canaries();
    const asked = own.name('name that leaks', 'netflix.com');
    const redis = await startRedis();
    const port = await freePort();
    const leaking = ['--import', new URL('./leaking-node.mjs', import.meta.url).href];
    const node = await startProcess('dns-node', leaking, {
      DNS_PORT: String(port),
      DNS_METRICS_PORT: String(await freePort()),
      REDIS_URL: redis.nodeUrl,
      DNS_UPSTREAMS: '',
      // The transport that the switch gets at.
      DNS_WORKERS: '0',
    });
    const folder = await mkdtemp(join(tmpdir(), 'gateway-leak-'));
    try {
      await ask({ port, source: '127.0.0.30', name: asked });
      await node.stop();
      await writeFile(join(folder, 'output.txt'), node.output());
      expect(scan(folder, own.all).finds).toContainEqual({
        canary: 'name that leaks',
        form: 'text',
        file: 'output.txt',
      });
    } finally {
      await Promise.all([node.stop(), redis.stop(), rm(folder, { recursive: true, force: true })]);
    }
  });
});
