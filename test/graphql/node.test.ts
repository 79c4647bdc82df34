import { randomUUID } from 'node:crypto';
import { isInterfaceType } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';
import { useGateway } from '../support/fixtures.js';
import { makeSession, type TestAccount } from '../support/people/account.js';
import { createCampaign } from '../support/people/campaign.js';
import { enrolPasskey } from '../support/people/second-factors.js';
import { handleOf, makeNode } from '../support/people/vpn-node.js';

const NODE = `query ($id: ID!) {
  node(id: $id) {
    __typename
    id
    ... on Account { email role }
    ... on Campaign { name texts { subject } statistics { day } }
    ... on Passkey { label backedUp }
    ... on RightsDocument { mediaType bytes }
    ... on RightsRequest { kind status statement law { id } events { status } authority { name } export { progressPercent } }
    ... on VpnNode { name location { id } }
    ... on Network { name addresses { address } }
  }
}`;

const CALLERS = ['owner', 'stranger', 'support', 'dpo', 'admin', 'weakDpo', 'weakAdmin'] as const;
type Caller = (typeof CALLERS)[number];

/** Who sees what. Weak: staff in a session without a second factor. */
const SEEN: Readonly<Record<string, { type: string; by: readonly Caller[] }>> = {
  'an account': { type: 'Account', by: ['owner'] },
  'a passkey': { type: 'Passkey', by: ['owner'] },
  'a request of an account': { type: 'RightsRequest', by: ['owner', 'dpo'] },
  'a request that waits for its person': { type: 'RightsRequest', by: ['owner', 'dpo'] },
  'a decided request': { type: 'RightsRequest', by: ['owner', 'dpo'] },
  'a document of a request': { type: 'RightsDocument', by: ['dpo'] },
  'a campaign': { type: 'Campaign', by: ['admin'] },
  'a VPN node': { type: 'VpnNode', by: ['admin'] },
  'a network': { type: 'Network', by: ['owner'] },
  'a network of somebody else': { type: 'Network', by: ['stranger'] },
  'a usage handle': { type: 'none', by: [] },
  'a session’s account that is gone': { type: 'none', by: [] },
  'no object': { type: 'none', by: [] },
};

const NOTHING = { data: { node: null }, errors: undefined };

describe('node', () => {
  const gateway = useGateway();
  let owner: TestAccount;
  const tokens = {} as Record<Caller, string>;
  const ids: Record<string, string> = {};
  beforeAll(async () => {
    owner = await gateway.account({ country: 'DE' });
    const [stranger, support, dpo, admin, gone] = await Promise.all([
      gateway.account(),
      gateway.account({ role: 'support' }),
      gateway.account({ role: 'dpo' }),
      gateway.account({ role: 'admin' }),
      gateway.account(),
    ]);
    const weak = (id: string, role: 'dpo' | 'admin') =>
      makeSession(gateway.redis.url, { id, role, secondFactor: false });
    Object.assign(tokens, {
      owner: owner.token,
      stranger: stranger.token,
      support: support.token,
      dpo: dpo.token,
      admin: admin.token,
      weakDpo: await weak(dpo.id, 'dpo'),
      weakAdmin: await weak(admin.id, 'admin'),
    });
    await gateway.query('DELETE FROM account WHERE id = $1', [gone.id]);
    const request = await submit('kind: COMPLAINT, statement: "Too many mails."', owner);
    const decided = await submit('kind: CORRECTION, correction: { usageOn: "2026-01-01" }', owner);
    await gateway.query(
      `UPDATE rights_request SET status = 'denied', denial_reason = 'data-accurate', closed_on = CURRENT_DATE WHERE id = $1`,
      [decided],
    );
    const document = randomUUID();
    await gateway.query(
      `INSERT INTO rights_request_document (id, request_id, kind, media_type, bytes, sealed_content)
       VALUES ($1, $2, 'evidence', 'image/png', 9, 'sealed')`,
      [document, request],
    );
    Object.assign(ids, {
      'an account': owner.id,
      'a passkey': (await enrolPasskey(gateway, owner)).id,
      'a request of an account': request,
      'a request that waits for its person': await submit(`kind: ACCESS, email: "${owner.email}"`, stranger),
      'a decided request': decided,
      'a document of a request': document,
      'a campaign': await createCampaign(gateway, admin.token),
      'a VPN node': (await makeNode(gateway)).id,
      'a network': await register(owner),
      'a network of somebody else': await register(stranger),
      'a usage handle': await handleOf(gateway, owner.id),
      'a session’s account that is gone': gone.id,
      'no object': randomUUID(),
    });
  });

  /** The request's id. */
  async function submit(input: string, account: TestAccount): Promise<string> {
    const query = `mutation { submitRightsRequest(input: { ${input} }) { rightsRequest { id } userErrors { code } } }`;
    const { data } = await gateway.call({ query, token: account.token, headers: account.fresh });
    expect(data.submitRightsRequest.userErrors).toEqual([]);
    return data.submitRightsRequest.rightsRequest.id;
  }
  async function register(account: TestAccount): Promise<string> {
    const query = 'mutation { registerNetwork(input: { name: "Home" }) { network { id } } }';
    const { data } = await gateway.call({ query, token: account.token });
    return data.registerNetwork.network.id;
  }
  async function ask(id: string, caller: Caller = 'owner') {
    const { data, errors } = await gateway.call({ query: NODE, variables: { id }, token: tokens[caller] });
    return { data, errors };
  }

  it.each(Object.keys(SEEN).flatMap((what) => CALLERS.map((caller) => [caller, what] as const)))(
    'shows or does not show to %s: %s',
    async (caller, what) => {
      const { type, by } = SEEN[what]!;
      const answer = await ask(ids[what]!, caller);
      if (!by.includes(caller)) expect(answer).toEqual(NOTHING);
      else expect(answer).toMatchObject({ data: { node: { __typename: type, id: ids[what] } } });
      expect(answer.errors).toBeUndefined();
    },
  );

  it('has a row above for every type that is a node', () => {
    const schema = buildOpenSchema();
    const node = schema.getType('Node');
    const types = isInterfaceType(node) ? schema.getPossibleTypes(node).map(({ name }) => name) : [];
    const shown = Object.values(SEEN).filter(({ type }) => type !== 'none');
    expect([...new Set(shown.map(({ type }) => type))].sort()).toEqual(types.sort());
  });

  it('returns the same object as other fields do', async () => {
    const query = `{ viewer { account { id email role } secondFactors { passkeys { id label backedUp } }
      rightsRequests { id kind status statement law { id } events { status } authority { name } export { progressPercent } } } }`;
    const { viewer } = (await gateway.call({ query, token: tokens.owner })).data;
    const objects = [viewer.account, ...viewer.secondFactors.passkeys, ...viewer.rightsRequests];
    expect(objects).toHaveLength(5);
    for (const object of objects) {
      const { __typename, ...node } = (await ask(object.id)).data.node;
      expect(node).toEqual(object);
    }
  });

  it('shows the officer the statement, as the case queue does', async () => {
    const { data } = await ask(ids['a request of an account']!, 'dpo');
    expect(data.node).toMatchObject({ statement: 'Too many mails.', law: { id: 'gdpr' } });
  });

  it('shows staff campaigns and VPN nodes whole', async () => {
    expect((await ask(ids['a campaign']!, 'admin')).data.node).toMatchObject({
      name: 'Regions',
      texts: [{ subject: 'A region more' }],
      statistics: [],
    });
    expect((await ask(ids['a VPN node']!, 'admin')).data.node).toMatchObject({
      location: { id: 'us-new-york' },
    });
  });

  it('takes a UUID in capitals, too', async () => {
    const { data } = await ask(owner.id.toUpperCase());
    expect(data.node).toMatchObject({ __typename: 'Account', id: owner.id });
    const passkey = await ask(ids['a passkey']!.toUpperCase());
    expect(passkey.data.node).toMatchObject({ id: ids['a passkey'] });
  });

  it.each(['', 'secret', 'us', "' OR true --", `${'0'.repeat(8)}-0000-4000-8000-00000000000`])(
    'knows nothing by the id %j',
    async (id) => {
      expect(await ask(id)).toEqual(NOTHING);
    },
  );

  it('refuses an id with a NUL, as it refuses every string with one', async () => {
    expect((await ask('\0')).errors).toMatchObject([{ extensions: { code: 'BAD_USER_INPUT' } }]);
  });

  it('requires a session', async () => {
    const { data, errors } = await gateway.call({ query: NODE, variables: { id: owner.id } });
    expect(data).toEqual({ node: null });
    expect(errors).toMatchObject([{ extensions: { code: 'UNAUTHENTICATED' } }]);
  });
});
