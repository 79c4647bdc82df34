import { randomUUID } from 'node:crypto';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf } from '../../support/gateway.js';
import { callAsNode, makeNode, RECORD_USAGE } from '../../support/people/vpn-node.js';

const gateway = useGateway();
let admin: string;
beforeAll(async () => {
  admin = await gateway.admin();
});
beforeEach(() => gateway.query('TRUNCATE vpn_node'));

async function ask(operation: string, field: string, variables: Record<string, unknown> = {}) {
  const { data, errors } = await gateway.call({ query: operation, variables, token: admin });
  expect(errors).toBeUndefined();
  return data[field];
}

const ADD = `mutation ($input: AddVpnNodeInput!) {
  addVpnNode(input: $input) { vpnNode { id name location { id name country } } token userErrors { field code } }
}`;
const ROTATE = `mutation ($input: RotateVpnNodeTokenInput!) {
  rotateVpnNodeToken(input: $input) { token userErrors { field code } }
}`;
const REVOKE = `mutation ($input: RevokeVpnNodeInput!) {
  revokeVpnNode(input: $input) { userErrors { field code } }
}`;

const add = (name: string, locationId = 'us-new-york') =>
  ask(ADD, 'addVpnNode', { input: { name, locationId } });
const rotate = (id: string) => ask(ROTATE, 'rotateVpnNodeToken', { input: { id } });
const revoke = (id: string) => ask(REVOKE, 'revokeVpnNode', { input: { id } });

/** What becomes of a report with that token: its outcome, or the status of the answer. */
async function report(token: string): Promise<unknown> {
  const input = { day: dayFromNow(-1), rows: [] };
  const { status, data } = await callAsNode(gateway, { query: RECORD_USAGE, variables: { input }, token });
  return data?.recordUsage.outcome ?? status;
}

describe('VPN nodes', () => {
  it('are added with a token that lets them report, and listed by name', async () => {
    const added = await add('new-york-7');
    const node = {
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-4/),
      name: 'new-york-7',
      location: { id: 'us-new-york', name: 'New York', country: 'US' },
    };
    expect(added).toEqual({ vpnNode: node, token: expect.any(String), userErrors: [] });
    await add('berlin-1', 'de-frankfurt');
    expect(await report(added.token)).toBe('COUNTED');
    const listed = await ask('{ vpnNodes { edges { node { name location { name } } } } }', 'vpnNodes');
    expect(listed.edges).toEqual([
      { node: { name: 'berlin-1', location: { name: 'Frankfurt' } } },
      { node: { name: 'new-york-7', location: { name: 'New York' } } },
    ]);
  });

  it('have names of letters and hyphens and at most one number, so that no address is one, a known location, and no other’s name', async () => {
    for (const name of [
      '',
      'a b',
      'New-York',
      '-a',
      'a-',
      'a--b',
      '203-0-113-7',
      'ip-203-0-113-7',
      'hcb007107',
      'a-12345',
      'a.b',
      'a'.repeat(41),
    ]) {
      expect(await add(name)).toEqual({
        vpnNode: null,
        token: null,
        userErrors: [{ field: 'name', code: 'INVALID_NODE_NAME' }],
      });
    }
    expect(errorsOf(await add('a', 'atlantis'))).toEqual([{ field: 'locationId', code: 'UNKNOWN_LOCATION' }]);
    expect(errorsOf(await add('A', 'atlantis'))).toHaveLength(2);
    expect(errorsOf(await add('a'.repeat(40)))).toEqual([]);
    expect(errorsOf(await add('a'.repeat(40)))).toEqual([{ field: 'name', code: 'NODE_NAME_TAKEN' }]);
  });

  it('get a new token, and the old one stops working immediately', async () => {
    const { vpnNode: node, token } = await add('new-york-7');
    const rotated = await rotate(node.id.toUpperCase());
    expect(rotated.userErrors).toEqual([]);
    expect(await report(token)).toBe(401);
    expect(await report(rotated.token)).toBe('COUNTED');
  });

  it('are revoked at once, and what they reported stays', async () => {
    const { vpnNode: node, token } = await add('new-york-7');
    await report(token);
    const [{ count: before } = {}] = await gateway.query('SELECT count(*) FROM usage_report');
    expect(await revoke(node.id)).toEqual({ userErrors: [] });
    expect(await report(token)).toBe(401);
    expect(await ask('{ vpnNodes { totalCount } }', 'vpnNodes')).toEqual({ totalCount: 0 });
    expect(await gateway.query('SELECT count(*) FROM usage_report')).toEqual([{ count: before }]);
    expect(errorsOf(await revoke(node.id))).toEqual([{ field: 'id', code: 'UNKNOWN_NODE' }]);
  });

  it('that do not exist are neither given a token nor revoked', async () => {
    for (const id of ['', 'canary', randomUUID()]) {
      expect(errorsOf(await rotate(id))).toEqual([{ field: 'id', code: 'UNKNOWN_NODE' }]);
      expect(errorsOf(await revoke(id))).toEqual([{ field: 'id', code: 'UNKNOWN_NODE' }]);
    }
  });

  it('are known by no token that is stored anywhere', async () => {
    const { token } = await add('new-york-7');
    const [row] = await gateway.query('SELECT * FROM vpn_node');
    expect(Object.keys(row ?? {}).sort()).toEqual(['id', 'location', 'name', 'token_version']);
    expect(JSON.stringify(row)).not.toContain(token);
    const node = await makeNode(gateway);
    expect(await report(node.token)).toBe('COUNTED');
  });
});
