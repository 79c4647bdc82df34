import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import sodium from 'libsodium-wrappers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.js';
import { type MailServer, startMailServer, tokenIn } from '../../support/mail-server.js';

await sodium.ready;
const NOW = Date.parse('2027-03-05T12:00:00Z');
const BUSINESS = 'CYBERSPACEVPN';
let now = NOW;

// The shape is that of the specification's schemas, as each test states it.
// biome-ignore lint/suspicious/noExplicitAny: answers are compared, not computed with
const json = async (answer: Response): Promise<any> => answer.json();

/** An agent as the specification describes it: keys of its own, messages in combined mode and base64 (section 3.07.1). */
function newAgent(id: string) {
  const { publicKey, privateKey } = sodium.crypto_sign_keypair();
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
  let count = 0;
  return {
    id,
    verifyKey: base64(publicKey),
    sign: (message: object) => base64(sodium.crypto_sign(JSON.stringify(message), privateKey)),
    /** The claims of every message; another `agent-request-id` each time. */
    claims: (more: object = {}) => ({
      'agent-id': id,
      'business-id': BUSINESS,
      'issued-at': new Date(NOW - 1000).toISOString(),
      'expires-at': new Date(NOW + 600_000).toISOString(),
      'drp.version': '1.0',
      'agent-request-id': `request-${++count}`,
      ...more,
    }),
  };
}

describe('the Data Rights Protocol 1.0', () => {
  let mails: MailServer;
  let gateway: TestGateway;
  let callbacks: Server;
  let officer: string;
  const told: { path: string | undefined; body: { request_id: string; status: string } }[] = [];
  /** What an agent does before it answers a call. */
  let beforeAnswer = async (_path: string | undefined, _requestId: string) => {};
  const [agent, other] = [newAgent('DATA_HELPERS'), newAgent('OTHER_AGENT')];
  const tokens: Record<string, string> = {};
  beforeAll(async () => {
    mails = await startMailServer();
    gateway = await startTestGateway({ config: { smtpUrl: mails.url }, clock: () => now });
    officer = await gateway.dpo();
    callbacks = createServer(async (request, response) => {
      const body = JSON.parse(await text(request));
      told.push({ path: request.url, body });
      await beforeAnswer(request.url, body.request_id);
      response.end();
    });
    callbacks.listen(0, '127.0.0.1');
    await once(callbacks, 'listening');
    for (const { id, verifyKey } of [agent, other]) {
      const input = `id: "${id}", name: "${id} Inc.", verifyKey: "${verifyKey}", webUrl: "https://agent.example", callbackOrigin: "${origin()}"`;
      const query = `mutation { addDrpAgent(input: { ${input} }) { drpAgent { id } userErrors { field code } } }`;
      const { data } = await gateway.call({ query, token: officer });
      expect(data.addDrpAgent).toEqual({ drpAgent: { id }, userErrors: [] });
    }
    for (const each of [agent, other]) {
      tokens[each.id] = (await json(await setUp(each))).token;
    }
  });
  afterAll(async () => {
    callbacks?.close();
    await gateway?.stop();
    await mails?.stop();
  });

  const origin = () => `http://127.0.0.1:${(callbacks.address() as AddressInfo).port}`;
  const send = (method: string, path: string, token?: string, body?: string) =>
    fetch(new URL(`/drp/v1/${path}`, gateway.url), {
      method,
      headers: {
        ...(body !== undefined && { 'content-type': 'text/plain' }),
        ...(token !== undefined && { authorization: `Bearer ${token}` }),
      },
      ...(body !== undefined && { body }),
    });
  const setUp = (who: typeof agent, body = who.sign(who.claims())) =>
    send('POST', `agent/${who.id}`, undefined, body);
  async function exercise(more: object, who = agent, body = who.sign(who.claims(more))) {
    const answer = await send('POST', 'data-rights-request', tokens[who.id], body);
    return { status: answer.status, body: await json(answer) };
  }
  const statusOf = async (id: string, token = tokens[agent.id]) => {
    const answer = await send('GET', `data-rights-request/${id}`, token);
    return { status: answer.status, body: await json(answer) };
  };

  it('gives an agent whose key is in the register a token, of which the latest is good', async () => {
    const information = async () => (await send('GET', `agent/${agent.id}`, tokens[agent.id])).status;
    expect(await information()).toBe(200);
    expect((await send('GET', `agent/${other.id}`, tokens[agent.id])).status).toBe(403);
    const renewed = await json(await setUp(agent));
    expect(renewed).toEqual({ 'agent-id': agent.id, token: expect.any(String) });
    expect(await information()).toBe(403);
    tokens[agent.id] = renewed.token;
    expect(await information()).toBe(200);
    const forged = await setUp(agent, other.sign(agent.claims()));
    expect([forged.status, await forged.text()]).toEqual([403, '']);
  });

  it('asks the person, and notifies the agent of each status, until it is done', async () => {
    const anna = await gateway.account();
    const { status, body } = await exercise({
      exercise: 'access',
      regime: 'ccpa',
      email: anna.email,
      status_callback: `${origin()}/update`,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      agent_request_id: expect.stringMatching(/^request-/) as string,
      received_at: '2027-03-05T00:00:00Z',
      expected_by: expect.stringMatching(/^2027-04-1[89]T23:59:59Z$/) as string,
      expires_at: expect.stringMatching(/^2027-04-1[89]T23:59:59Z$/) as string,
      user_verification_url: expect.stringMatching(
        /^https:\/\/[^#?]*\/confirm-privacy-request\/[\w-]{36}$/,
      ) as string,
      status: 'in_progress',
      reason: 'need_user_verification',
    });
    const nobody = await exercise({ exercise: 'access', email: 'nobody@example.com' });
    const common = { request_id: '', agent_request_id: '', user_verification_url: '' };
    expect({ ...nobody.body, ...common }).toEqual({ ...body, ...common });

    const mail = await mails.next(anna.email);
    expect(mail.text).toContain('DATA_HELPERS Inc.');
    const query = `mutation { confirmRightsRequest(input: { token: "${tokenIn(mail)}" }) { userErrors { code } } }`;
    expect((await gateway.call({ query })).data.confirmRightsRequest.userErrors).toEqual([]);
    const now = async () => (await statusOf(body.request_id)).body;
    await expect.poll(now, { timeout: 20_000 }).toMatchObject({
      status: 'fulfilled',
      results_url: expect.stringMatching(/^https:/) as string,
      expires_at: '2027-03-12T23:59:59Z',
    });
    const last = () => told.findLast(({ body: { request_id } }) => request_id === body.request_id);
    await expect
      .poll(last, { timeout: 20_000 })
      .toMatchObject({ path: '/update', body: { status: 'fulfilled' } });
  });

  it('opts out at once, with an account and without one', async () => {
    const bert = await gateway.account();
    for (const email of [bert.email, 'nobody@example.com']) {
      const { body } = await exercise({ exercise: 'sale:opt-out', email });
      expect(body).toMatchObject({ status: 'fulfilled', received_at: '2027-03-05T00:00:00Z' });
    }
    const objected = await gateway.query(
      'SELECT purpose, source FROM consent WHERE account_id = $1 AND NOT granted ORDER BY sequence',
      [bert.id],
    );
    expect(objected.map(({ purpose }) => purpose)).toEqual([
      'analytics-cookies',
      'advertising-cookies',
      'sharing',
    ]);
    // The ledger says who said it: not the person.
    expect(new Set(objected.map(({ source }) => source))).toEqual(new Set(['agent']));
  });

  it('revokes, for the agent that asked alone', async () => {
    const { body } = await exercise({ exercise: 'deletion', email: 'carl@example.com' });
    const path = `data-rights-request/${body.request_id}`;
    const reason = { reason: 'I have changed my mind.' };
    expect((await statusOf(body.request_id, tokens[other.id])).status).toBe(403);
    expect((await send('DELETE', path, tokens[other.id], other.sign(reason))).status).toBe(403);
    expect((await send('DELETE', path, tokens[agent.id], other.sign(reason))).status).toBe(403);
    const revoked = await send('DELETE', path, tokens[agent.id], agent.sign(reason));
    expect(await revoked.json()).toMatchObject({ status: 'revoked' });
    expect((await statusOf(body.request_id)).body.status).toBe('revoked');
  });

  it('does what a message asks once, and gives the same request to each that comes again', async () => {
    const body = agent.sign(agent.claims({ exercise: 'access', email: 'dora@example.com' }));
    const answers = await Promise.all([exercise({}, agent, body), exercise({}, agent, body)]);
    const again = await exercise({}, agent, body);
    expect([...answers, again].map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set([...answers, again].map(({ body }) => body.request_id)).size).toBe(1);
  });

  it('sets up keys with a message once, and with none that asks for something', async () => {
    const once = agent.sign(agent.claims());
    expect((await setUp(agent, once)).status).toBe(200);
    expect((await setUp(agent, once)).status).toBe(403);
    const asking = agent.claims({ exercise: 'access', email: 'dora@example.com' });
    expect((await setUp(agent, agent.sign(asking))).status).toBe(403);
    tokens[agent.id] = (await json(await setUp(agent))).token;
  });

  it('revokes by a message that is good now, for us, and for this request alone', async () => {
    const ask = async () =>
      (await exercise({ exercise: 'deletion', email: 'carl@example.com' })).body.request_id;
    const [one, another] = [await ask(), await ask()];
    const revoke = async (id: string, message: object) => {
      const answer = await send('DELETE', `data-rights-request/${id}`, tokens[agent.id], agent.sign(message));
      return answer.status;
    };
    const reason = { reason: 'I have changed my mind.' };
    const over = {
      'issued-at': new Date(NOW - 99_000_000).toISOString(),
      'expires-at': new Date(NOW - 9000).toISOString(),
    };
    expect(await revoke(one, agent.claims({ ...reason, ...over }))).toBe(400);
    expect(await revoke(one, agent.claims({ ...reason, 'business-id': 'SOMEBODY_ELSE' }))).toBe(403);
    expect(await revoke(one, agent.claims({ exercise: 'deletion', email: 'carl@example.com' }))).toBe(400);
    const good = agent.claims(reason);
    expect(await revoke(one, good)).toBe(200);
    expect(await revoke(one, good)).toBe(200);
    expect(await revoke(another, good)).toBe(409);
    expect((await statusOf(another)).body.status).toBe('in_progress');
  });

  it('says what is wrong as the protocol has it, and reads a body of no type', async () => {
    const post = async (body: string | Uint8Array<ArrayBuffer>, type?: string) => {
      const answer = await fetch(new URL('/drp/v1/data-rights-request', gateway.url), {
        method: 'POST',
        headers: {
          authorization: `Bearer ${tokens[agent.id]}`,
          ...(type !== undefined && { 'content-type': type }),
        },
        body,
      });
      return { status: answer.status, body: await json(answer) };
    };
    const said = (code: string) => ({ code, message: expect.any(String) as string, fatal: true });
    expect(await post('x', 'text/html')).toEqual({ status: 415, body: said('415') });
    expect((await post('x', 'text/html')).body.message).toContain('text/plain');
    expect(await post('x'.repeat(65 * 1024), 'text/plain')).toEqual({ status: 413, body: said('413') });
    const untyped = agent.sign(agent.claims({ exercise: 'access', email: 'nobody@example.com' }));
    expect((await post(new Uint8Array(Buffer.from(untyped)))).status).toBe(200);
    const lost = await send('GET', 'data-rights-requests', tokens[agent.id]);
    expect([lost.status, await json(lost)]).toEqual([404, said('404')]);
    for (const id of ['%00', '..', 'x'.repeat(65), 'DATA-HELPERS']) {
      expect((await send('POST', `agent/${id}`, undefined, 'x')).status).toBeLessThan(500);
    }
  });

  it('lets in the reference agent of the protocol, and thousands of requests of its server', async () => {
    const osiraa = newAgent('CR_AA_DRP_ID_001');
    const add = async (more: string) => {
      const input = `name: "OSIRAA", verifyKey: "${osiraa.verifyKey}", webUrl: "https://agent.example" ${more}`;
      const query = `mutation { addDrpAgent(input: { ${input} }) { drpAgent { id } userErrors { code } } }`;
      return (await gateway.call({ query, token: officer })).data.addDrpAgent;
    };
    for (const id of ['', 'a', 'A B', 'A'.repeat(65), 'A\\n']) {
      expect((await add(`id: "${id}"`)).userErrors).toEqual([{ code: 'INVALID_AGENT_ID' }]);
    }
    expect((await add(`id: "${osiraa.id}"`)).userErrors).toEqual([]);
    tokens[osiraa.id] = (await json(await setUp(osiraa))).token;
    const statuses = [];
    for (let person = 0; person < 25; person += 1) {
      const asked = { exercise: 'sale:opt-out', email: `person-${person}@example.com` };
      statuses.push((await exercise(asked, osiraa)).status);
    }
    expect(new Set(statuses)).toEqual(new Set([200]));
  });

  it('calls back about known and unknown people alike', async () => {
    const known = await gateway.account();
    const ids: string[] = [];
    for (const email of [known.email, 'nobody-at-all@example.com']) {
      for (const asked of ['sale:opt-out', 'access']) {
        const { body } = await exercise({ exercise: asked, email, status_callback: `${origin()}/alike` });
        ids.push(body.request_id);
      }
    }
    const heard = () =>
      ids.map((id) => told.filter(({ body }) => body.request_id === id).map(({ body }) => body.status));
    await expect.poll(heard, { timeout: 20_000 }).toEqual([['fulfilled'], [], ['fulfilled'], []]);
  });

  it('is notified that a deletion is done', async () => {
    const gone = await gateway.account();
    const asked = { exercise: 'deletion', email: gone.email, status_callback: `${origin()}/gone` };
    const { body } = await exercise(asked);
    const mail = await mails.next(gone.email);
    expect(mail.text).toContain('the deletion of your account');
    const query = `mutation { confirmRightsRequest(input: { token: "${tokenIn(mail)}" }) { userErrors { code } } }`;
    expect((await gateway.call({ query })).data.confirmRightsRequest.userErrors).toEqual([]);
    const heard = () =>
      told
        .filter(({ body: { request_id } }) => request_id === body.request_id)
        .map(({ body: { status } }) => status);
    await expect.poll(heard, { timeout: 20_000 }).toEqual(['in_progress']);
    now += 8 * 86_400_000;
    await expect.poll(heard, { timeout: 20_000 }).toEqual(['in_progress', 'fulfilled']);
    now = NOW;
  });

  it('is notified of a status that comes while it is being called with the one before', async () => {
    const frida = await gateway.account();
    beforeAnswer = async (path, requestId) => {
      if (path !== '/revoking') return;
      beforeAnswer = async () => {};
      const reason = agent.sign({ reason: 'I have changed my mind.' });
      const revoked = await send('DELETE', `data-rights-request/${requestId}`, tokens[agent.id], reason);
      expect(revoked.status).toBe(200);
    };
    const asked = { exercise: 'deletion', email: frida.email, status_callback: `${origin()}/revoking` };
    const { body } = await exercise(asked);
    const mail = await mails.next(frida.email);
    const query = `mutation { confirmRightsRequest(input: { token: "${tokenIn(mail)}" }) { userErrors { code } } }`;
    expect((await gateway.call({ query })).data.confirmRightsRequest.userErrors).toEqual([]);
    const heard = () =>
      told
        .filter(({ body: { request_id } }) => request_id === body.request_id)
        .map(({ body: { status } }) => status);
    await expect.poll(heard, { timeout: 20_000 }).toEqual(['in_progress', 'revoked']);
  });

  const asked = { exercise: 'access', email: 'emil@example.com' };
  it.each([
    ['another business', { 'business-id': 'SOMEBODY_ELSE' }, 403],
    ['another agent', { 'agent-id': 'OTHER_AGENT' }, 403],
    ['a time to come', { 'issued-at': new Date(NOW + 60_000).toISOString() }, 400],
    ['a time that is over', { 'expires-at': new Date(NOW).toISOString() }, 400],
    ['more than a day', { 'expires-at': new Date(NOW + 90_000_000).toISOString() }, 400],
    ['no time', { 'expires-at': 'soon' }, 400],
    ['another version', { 'drp.version': '0.9' }, 400],
    ['another right', { exercise: 'sale:opt-in' }, 400],
    ['no right of ours', { exercise: 'toString' }, 400],
    ['another regime', { regime: 'voluntary' }, 400],
    ['nobody', { email: undefined }, 400],
    ['no address', { email: 'emil' }, 400],
  ])('refuses what is for or of %s, and repeats nothing of it', async (_what, claims, status) => {
    const answer = await exercise({ ...asked, ...claims });
    expect(answer.status).toBe(status);
    expect(answer.body).toEqual({
      code: String(status),
      message: expect.any(String),
      fatal: expect.any(Boolean),
    });
    expect(JSON.stringify(answer.body)).not.toMatch(/emil|SOMEBODY|soon/);
  });

  it('refuses what was changed, what another has signed, and what is no message', async () => {
    const signed = Buffer.from(agent.sign(agent.claims(asked)), 'base64');
    signed[signed.length - 3]! ^= 1;
    for (const body of [signed.toString('base64'), other.sign(agent.claims(asked)), 'x', '{}']) {
      expect((await exercise({}, agent, body)).status).toBe(403);
    }
    const body = agent.sign(agent.claims(asked));
    expect((await send('POST', 'data-rights-request', undefined, body)).status).toBe(403);
    expect((await send('POST', 'data-rights-request', 'x', body)).status).toBe(403);
  });

  it('calls nobody but the origin that the register names', async () => {
    const elsewhere = origin().replace('127.0.0.1', 'localhost');
    const { body } = await exercise({
      exercise: 'sale:opt-out',
      email: 'nobody@example.com',
      status_callback: `${elsewhere}/update`,
    });
    const untold = () =>
      gateway.query('SELECT callback_tries FROM rights_request_agent WHERE request_id = $1', [
        body.request_id,
      ]);
    await expect.poll(untold, { timeout: 20_000 }).toEqual([{ callback_tries: null }]);
    expect(told.filter(({ body: { request_id } }) => request_id === body.request_id)).toEqual([]);
  });

  it('shuts an agent out at once when the register does', async () => {
    const query = `mutation { revokeDrpAgent(input: { id: "${other.id}" }) { userErrors { code } } }`;
    expect((await gateway.call({ query, token: officer })).data.revokeDrpAgent).toEqual({
      userErrors: [],
    });
    expect((await send('GET', `agent/${other.id}`, tokens[other.id])).status).toBe(403);
    expect((await setUp(other)).status).toBe(403);
    const list = await gateway.call({ query: '{ drpAgents { id } }', token: officer });
    expect(list.data.drpAgents).not.toContainEqual({ id: other.id });
  });
});
