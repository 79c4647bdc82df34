// A VPN node that reports usage to a gateway.
import { randomBytes } from 'node:crypto';
import { Keyring } from '../../../src/secrets/keyring.js';
import type { TestGateway } from '../gateway.js';
import { type GraphqlAnswer, type GraphqlRequest, graphql } from '../http/graphql-client.js';
import { SECRET_KEY } from '../settings.js';

export interface TestNode {
  readonly id: string;
  readonly location: string;
  readonly token: string;
}

/** A node whose row stands in the gateway's database. */
export async function makeNode(
  gateway: Pick<TestGateway, 'query'>,
  location = 'us-new-york',
): Promise<TestNode> {
  const letters = randomBytes(6)
    .toString('hex')
    .replace(/\d/g, (digit) => 'ghijklmnop'.charAt(Number(digit)));
  const name = `node-${letters}`;
  const [row] = await gateway.query(
    'INSERT INTO vpn_node (id, name, location) VALUES (gen_random_uuid(), $1, $2) RETURNING id',
    [name, location],
  );
  const id = String(row?.id);
  const keyring = new Keyring(Buffer.from(SECRET_KEY, 'base64'));
  return { id, location, token: keyring.seal('vpn-node-token', `${id} 1`) };
}

/** Calls the endpoint of VPN nodes. */
export function callAsNode(gateway: TestGateway, request: GraphqlRequest): Promise<GraphqlAnswer> {
  return graphql(`${gateway.url}/vpn-node`, request);
}

export const RECORD_USAGE = `mutation ($input: RecordUsageInput!) {
  recordUsage(input: $input) { outcome userErrors { field code message } }
}`;

/** The handle under which nodes know an account. */
export async function handleOf(gateway: Pick<TestGateway, 'query'>, accountId: string): Promise<string> {
  const [row] = await gateway.query(
    'SELECT handle FROM usage_handle WHERE account_id = $1 AND retired_on IS NULL',
    [accountId],
  );
  return String(row?.handle);
}
