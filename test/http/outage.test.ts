import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Keyring } from '../../src/secrets/keyring.js';
import { dayFromNow, startTestGateway, type TestGateway } from '../support/gateway.js';
import { Ways } from '../support/network/fault-proxy.js';
import { PASSWORD } from '../support/people/account.js';
import { callAsNode, makeNode, RECORD_USAGE, type TestNode } from '../support/people/vpn-node.js';
import { SECRET_KEY } from '../support/settings.js';

const VIEWER = '{ viewer { account { role } } }';
const CURRENT = '{ viewer { mediaStreamer { dnsServers } } }';
const REGISTER = 'mutation { registerNetwork(input: { name: "Home" }) { userErrors { code } } }';
const SIGN_IN = `mutation { signIn(input: { email: "nobody@example.com", password: "${PASSWORD}" }) { userErrors { code } } }`;
const EMPTY = { input: { day: dayFromNow(-1), rows: [] } };
const UNAVAILABLE = [
  {
    message: 'The service is not available at the moment. Try again later.',
    extensions: { code: 'SERVICE_UNAVAILABLE' },
  },
];

const SUBMIT = `mutation {
  submitRightsRequest(input: { kind: ACCESS, email: "anna@example.com", agent: { name: "Helpers", email: "a@example.com" } }) {
    reference
  }
}`;
const keyring = new Keyring(Buffer.from(SECRET_KEY, 'base64'));
const ticket = () => keyring.issue('export-download', randomUUID(), Date.now() + 60_000);
const drpToken = () => keyring.seal('drp-agent-token', 'HELPERS 1');

describe('an outage of a store', () => {
  const ways = new Ways();
  let gateway: TestGateway;
  let token: string;
  let reference: string;
  let node: TestNode;
  beforeAll(async () => {
    gateway = await startTestGateway({ through: ways.through });
    token = await gateway.user();
    reference = (await gateway.call({ query: SUBMIT })).data.submitRightsRequest.reference;
    node = await makeNode(gateway);
  });
  afterAll(async () => {
    await gateway?.stop();
    ways.close();
  });

  async function ready(): Promise<{ status: number; checks: Record<string, string> }> {
    const response = await fetch(`${gateway.metricsUrl}/readyz`);
    const { checks } = (await response.json()) as { checks: Record<string, string> };
    return { status: response.status, checks };
  }

  it('of Postgres makes requests that need it fail with SERVICE_UNAVAILABLE and no others, and ends without a restart', async () => {
    const postgres = ways.all[0]!;
    await postgres.cut();
    expect(await ready()).toMatchObject({ status: 503, checks: { postgres: 'unreachable', redis: 'ok' } });
    for (const query of [VIEWER, SIGN_IN]) {
      expect((await gateway.call({ query, token })).errors).toMatchObject(UNAVAILABLE);
    }
    for (const headers of [{}, { 'sec-gpc': '1' }]) {
      expect((await gateway.call({ query: CURRENT, token, headers })).errors).toBeUndefined();
    }

    const report = await callAsNode(gateway, { query: RECORD_USAGE, token: node.token });
    expect(report).toMatchObject({ status: 503, errors: UNAVAILABLE });
    for (const [method, path, bearer, body] of [
      ['PUT', '/rights-requests/permission', reference, '%PDF-1.4 %%EOF'],
      ['PUT', '/rights-requests/evidence', reference, '%PDF-1.4 %%EOF'],
      ['GET', `/exports/${ticket()}`, '', undefined],
      ['POST', '/drp/v1/agent/HELPERS', '', 'AAAA'],
      ['POST', '/drp/v1/data-rights-request', drpToken(), 'AAAA'],
    ] as const) {
      const answer = await fetch(new URL(path, gateway.url), {
        method,
        headers: { authorization: `Bearer ${bearer}`, 'content-type': 'text/plain' },
        ...(body !== undefined && { body }),
      });
      expect([path, answer.status]).toEqual([path, 503]);
      // The Data Rights Protocol has a form of its own for what is wrong.
      if (!path.startsWith('/drp')) expect(await answer.json()).toEqual({ errors: UNAVAILABLE });
    }
    expect(gateway.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
    const metrics = await (await fetch(`${gateway.metricsUrl}/metrics`)).text();
    // By the route as the code has it: a ticket in a path is in no label.
    expect(metrics).toMatch(/^gateway_http_failures_total\{route="\/exports\/\*"\} 1$/m);
    expect(metrics).toMatch(/^gateway_http_failures_total\{route="\/rights-requests\/evidence"\} 1$/m);

    await postgres.mend();
    expect(
      (await callAsNode(gateway, { query: RECORD_USAGE, variables: EMPTY, token: node.token })).data,
    ).toEqual({
      recordUsage: { outcome: 'COUNTED', userErrors: [] },
    });
    expect((await gateway.call({ query: VIEWER, token })).data.viewer.account.role).toBe('USER');
    expect((await ready()).status).toBe(200);
  });

  it('of the durable Redis makes requests that need it fail with SERVICE_UNAVAILABLE and no others, and ends without a restart', async () => {
    const redis = ways.all[1]!;
    await redis.cut();
    expect(await ready()).toMatchObject({
      status: 503,
      checks: { redis: 'unreachable', allowlist: 'unreachable', postgres: 'ok' },
    });
    const failed = await gateway.call({ query: REGISTER, token });
    expect(failed.errors).toMatchObject(UNAVAILABLE);
    expect(failed.status).toBe(503);
    expect((await gateway.call({ query: VIEWER, token })).errors).toMatchObject(UNAVAILABLE);
    expect((await gateway.call({ query: '{ __typename }' })).errors).toBeUndefined();

    await redis.mend();
    await expect.poll(ready, { timeout: 10_000 }).toMatchObject({ status: 200 });
    expect((await gateway.call({ query: REGISTER, token })).data.registerNetwork.userErrors).toEqual([]);
    const events = gateway.log.map((line) => JSON.parse(line)).filter(({ part }) => part === 'redis');
    expect(events.map(({ event }) => event)).toEqual(['dependency.lost', 'dependency.back']);
  });

  it('of the ephemeral Redis makes requests that must be counted fail with SERVICE_UNAVAILABLE and no others', async () => {
    const ephemeral = ways.all[2]!;
    await ephemeral.cut();
    expect(await ready()).toMatchObject({
      status: 503,
      checks: { 'redis-ephemeral': 'unreachable', redis: 'ok', postgres: 'ok' },
    });
    // Tries cannot be counted, so none is made.
    const refused = await gateway.call({ query: SIGN_IN });
    expect(refused.errors).toMatchObject(UNAVAILABLE);
    expect((await gateway.call({ query: VIEWER, token })).data.viewer.account.role).toBe('USER');
    expect((await gateway.call({ query: REGISTER, token })).errors).toBeUndefined();

    await ephemeral.mend();
    await expect.poll(ready, { timeout: 10_000 }).toMatchObject({ status: 200 });
    expect((await gateway.call({ query: SIGN_IN })).data.signIn.userErrors).toEqual([
      { code: 'INVALID_CREDENTIALS' },
    ]);
    const lines = gateway.log.map((line) => JSON.parse(line));
    expect(lines.filter(({ part }) => part === 'redis-ephemeral')).toMatchObject([
      { level: 'warn', event: 'dependency.lost' },
      { event: 'dependency.back' },
    ]);
    expect(lines.filter(({ level }) => level === 'error')).toEqual([]);
  });

  it('of the ephemeral Redis ends when an empty one replaces it: sign-ins work', async () => {
    await gateway.ephemeral.kill();
    await gateway.ephemeral.restart();
    await expect.poll(ready, { timeout: 10_000 }).toMatchObject({ status: 200 });
    const signedIn = await gateway.call({ query: SIGN_IN });
    expect(signedIn.data.signIn.userErrors).toEqual([{ code: 'INVALID_CREDENTIALS' }]);
  });

  it('of the durable Redis does not end when an empty one replaces it: the allowlist is neither trusted nor written', async () => {
    await gateway.redis.halt();
    await gateway.redis.restartEmpty();
    await expect.poll(ready, { timeout: 10_000 }).toMatchObject({
      status: 503,
      checks: { redis: 'ok', allowlist: 'not-initialised' },
    });
    const admin = await gateway.admin();
    const allow = 'mutation { allowAddress(input: { prefix: "127.0.0.90" }) { userErrors { code } } }';
    for (const query of [allow, '{ allowlist { totalCount } }']) {
      expect((await gateway.call({ query, token: admin })).errors).toMatchObject(UNAVAILABLE);
    }
  });

  it('leaves log lines with class and code, and never a value', () => {
    expect(gateway.log.join('')).not.toMatch(/nobody@example\.com|127\.0\.0\.\d+|postgres:|redis:\//);
  });
});
