import { hash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { AllowlistWriter } from '../../src/allowlist/writer.js';
import { startGateway } from '../../src/app/gateway.js';
import { createLogger } from '../../src/runtime/log.js';
import { someSource, startTestGateway, type TestGateway } from '../support/gateway.js';
import { graphql } from '../support/http/graphql-client.js';
import { Ways } from '../support/network/fault-proxy.js';
import { makeSession, type TestAccount } from '../support/people/account.js';

const ADDRESSES = 'subscription { networksChanged { addresses { address } name } }';
const REGISTER =
  'mutation ($name: String!) { registerNetwork(input: { name: $name }) { userErrors { code } } }';
const SIGN_OUT = 'mutation { signOut { userErrors { code } } }';
const PING_MS = 15_000;
const IDLE_MS = 60_000;

interface Message {
  readonly type: string;
  readonly id?: string;
  // biome-ignore lint/suspicious/noExplicitAny: messages are compared, not computed with
  readonly payload?: any;
}

/** A WebSocket without a library's manners. */
class Peer {
  readonly messages: Message[] = [];
  readonly closed: Promise<number>;

  private constructor(readonly socket: WebSocket) {
    socket.on('message', (data) => this.messages.push(JSON.parse(String(data)) as Message));
    this.closed = once(socket, 'close').then(([code]) => code as number);
    socket.on('error', () => {});
  }

  static async open(url: string): Promise<Peer> {
    const peer = new Peer(new WebSocket(url.replace('http', 'ws'), 'graphql-transport-ws'));
    await once(peer.socket, 'open');
    return peer;
  }

  static async ofAccount(url: string, token: string): Promise<Peer> {
    const peer = await Peer.open(url);
    peer.begin(token);
    await peer.message('connection_ack');
    return peer;
  }

  begin(token: string): void {
    this.send({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } });
  }

  send(message: object): void {
    this.socket.send(JSON.stringify(message));
  }

  subscribe(id: string, payload: object = { query: ADDRESSES }): void {
    this.send({ type: 'subscribe', id, payload });
  }

  /** The first message of that kind. */
  async message(type: string, id?: string): Promise<Message> {
    for (;;) {
      const found = this.messages.find((each) => each.type === type && (id === undefined || each.id === id));
      if (found !== undefined) return found;
      await once(this.socket, 'message');
    }
  }
}

async function subscriptions(gateway: TestGateway): Promise<number> {
  const answer = await fetch(`${gateway.metricsUrl}/metrics`);
  return Number(/^gateway_subscriptions (\d+)$/m.exec(await answer.text())?.[1]);
}

/** An answer to a subscription over HTTP, of which nobody reads the body until somebody does. */
async function stream(
  url: string,
  body: unknown,
  { token, accept = 'text/event-stream' }: { token?: string; accept?: string },
): Promise<IncomingMessage> {
  const headers = {
    'content-type': 'application/json',
    accept,
    ...(token !== undefined && { authorization: `Bearer ${token}` }),
  };
  const sent = httpRequest(`${url}/stream`, { method: 'POST', headers });
  sent.end(JSON.stringify(body));
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  return answer.pause();
}

describe('a connection of live updates', () => {
  let gateway: TestGateway;
  let anna: TestAccount;
  let folder: string;
  const listed = 'subscription Listed { networksChanged { name } }';
  const peers: Peer[] = [];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'gateway-test-'));
    const operations = join(folder, 'operations.json');
    await writeFile(operations, JSON.stringify({ [hash('sha256', listed)]: listed }));
    gateway = await startTestGateway({ config: { operationFiles: [operations] } });
  });
  afterEach(async () => {
    vi.useRealTimers();
    vi.restoreAllMocks();
    for (const peer of peers.splice(0)) {
      peer.socket.terminate();
      await peer.closed;
    }
    await watching(0);
  });
  afterAll(async () => {
    await gateway?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function peerOf(token: string): Promise<Peer> {
    const peer = await Peer.ofAccount(gateway.url, token);
    peers.push(peer);
    return peer;
  }

  /** A connection is nobody's yet. */
  async function stranger(): Promise<Peer> {
    const peer = await Peer.open(gateway.url);
    peers.push(peer);
    return peer;
  }

  const watching = (count: number) => expect.poll(() => subscriptions(gateway)).toBe(count);

  async function register(name: string): Promise<string> {
    const source = someSource();
    const { errors } = await gateway.call({
      query: REGISTER,
      variables: { name },
      token: anna.token,
      source,
    });
    expect(errors).toBeUndefined();
    return source;
  }

  describe('over WebSocket', () => {
    it('takes no subscription when its session has ended', async () => {
      const { token } = await gateway.account();
      const peer = await peerOf(token);
      await gateway.call({ query: SIGN_OUT, token });
      peer.subscribe('1');
      expect(await peer.closed).toBe(4401);
    });

    it('stays open when another session of the account ends', async () => {
      anna = await gateway.account();
      const other = await makeSession(gateway.redis.url, { id: anna.id });
      const peer = await peerOf(anna.token);
      peer.subscribe('1');
      await watching(1);
      await gateway.call({ query: SIGN_OUT, token: other });
      await register('there');
      expect((await peer.message('next')).payload.data.networksChanged).toMatchObject([{ name: 'there' }]);
    });

    it('is closed after a minute without a subscription, whatever messages it gets', async () => {
      anna = await gateway.account();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const peer = await stranger();
      peer.begin(anna.token);
      await peer.message('connection_ack');
      peer.subscribe('1', { query: '{ __typename }' });
      await peer.message('error', '1');
      vi.advanceTimersByTime(IDLE_MS - 1);
      peer.send({ type: 'ping' });
      await peer.message('pong');
      vi.advanceTimersByTime(2);
      expect(await peer.closed).toBe(1000);
    });

    it('is kept during a subscription, and for a minute after', async () => {
      anna = await gateway.account();
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const peer = await stranger();
      peer.begin(anna.token);
      await peer.message('connection_ack');
      peer.subscribe('1');
      await vi.waitUntil(async () => (await subscriptions(gateway)) === 1);
      vi.advanceTimersByTime(3 * IDLE_MS);
      peer.send({ type: 'ping' });
      await peer.message('pong');
      peer.send({ type: 'complete', id: '1' });
      await vi.waitUntil(async () => (await subscriptions(gateway)) === 0);
      vi.advanceTimersByTime(IDLE_MS);
      expect(await peer.closed).toBe(1000);
    });

    it('is closed when it is not initialised within three seconds', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      const peer = await stranger();
      vi.advanceTimersByTime(3000);
      expect(await peer.closed).toBe(4408);
    });

    it('takes ten subscriptions, and refuses only the eleventh', async () => {
      anna = await gateway.account();
      const peer = await peerOf(anna.token);
      for (let id = 1; id <= 10; id += 1) peer.subscribe(String(id));
      await watching(10);
      peer.subscribe('11');
      expect((await peer.message('error', '11')).payload).toMatchObject([
        { extensions: { code: 'TOO_MANY_SUBSCRIPTIONS' } },
      ]);
      peer.send({ type: 'complete', id: '10' });
      await watching(9);
      peer.subscribe('12');
      await watching(10);
    });

    it('is one of at most forty of its account, whatever other accounts have', async () => {
      anna = await gateway.account();
      for (let count = 0; count < 40; count += 1) await peerOf(anna.token);
      const refused = await stranger();
      refused.begin(anna.token);
      expect(await refused.closed).toBe(4429);
      await peerOf((await gateway.account()).token);
      const [first] = peers.splice(0, 1);
      first!.socket.close();
      await first!.closed;
      // The gateway learns of it at the same time, or before.
      await peerOf(anna.token);
    });

    it.each([
      ['a message above 128 kB', 1009, (peer: Peer) => peer.socket.send('x'.repeat(128 * 1024 + 1))],
      ['no JSON', 4400, (peer: Peer) => peer.socket.send('secretx')],
      ['JSON that is no object', 4400, (peer: Peer) => peer.socket.send('null')],
      [
        'a message that only servers send',
        4400,
        (peer: Peer) => peer.send({ type: 'next', id: '1', payload: {} }),
      ],
      ['a second beginning', 4429, (peer: Peer) => peer.begin('x')],
    ])('is closed with a code when the client sends %s, and no other is', async (_what, code, send) => {
      const written = [vi.spyOn(console, 'error'), vi.spyOn(console, 'warn')];
      const peer = await peerOf((await gateway.account()).token);
      const before = gateway.log.length;
      send(peer);
      expect(await peer.closed).toBe(code);
      for (const spy of written) expect(spy).not.toHaveBeenCalled();
      expect(gateway.log.slice(before)).toEqual([]);
    });

    it('is closed when the client answers no ping', async () => {
      const { token } = await gateway.account();
      vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
      const peer = await stranger();
      peer.begin(token);
      await peer.message('connection_ack');
      peer.subscribe('1');
      await vi.waitUntil(async () => (await subscriptions(gateway)) === 1);
      peer.socket.pause();
      vi.advanceTimersByTime(2 * PING_MS);
      await vi.waitUntil(async () => (await subscriptions(gateway)) === 0);
    });

    it('takes a document by its id alone', async () => {
      anna = await gateway.account();
      const peer = await peerOf(anna.token);
      peer.subscribe('1', { documentId: `sha256:${hash('sha256', listed)}` });
      peer.subscribe('2', { documentId: `sha256:${hash('sha256', ADDRESSES)}` });
      expect((await peer.message('error', '2')).payload).toMatchObject([
        { extensions: { code: 'OPERATION_NOT_SERVED' } },
      ]);
      await watching(1);
      await register('by id');
      expect((await peer.message('next', '1')).payload).toEqual({
        data: { networksChanged: [{ name: 'by id' }] },
      });
    });
  });

  describe('over server-sent events', () => {
    it('takes a document by its id alone', async () => {
      anna = await gateway.account();
      const body = { documentId: `sha256:${hash('sha256', listed)}` };
      const answer = await stream(gateway.url, body, anna);
      expect(answer.headers).toMatchObject({
        'content-type': 'text/event-stream; charset=utf-8',
        'cache-control': 'no-store',
      });
      await watching(1);
      await register('by id');
      await gateway.call({ query: SIGN_OUT, token: anna.token });
      expect(await text(answer)).toBe(
        ':\n\nevent: next\ndata: {"data":{"networksChanged":[{"name":"by id"}]}}\n\nevent: complete\ndata: \n\n',
      );
    });

    it.each([
      ['of the manifest', { documentId: `sha256:${'0'.repeat(64)}` }, 'OPERATION_NOT_SERVED'],
      ['at all', {}, 'BAD_USER_INPUT'],
      ['in a list', [{ query: ADDRESSES }], 'BAD_USER_INPUT'],
      ['in a text', 'secretx', 'BAD_USER_INPUT'],
      ['that is text', { query: 7 }, 'BAD_USER_INPUT'],
    ])('is refused with a code without a document %s', async (_what, body, code) => {
      const answer = await stream(gateway.url, body, await gateway.account());
      expect(answer.statusCode).toBe(400);
      expect(JSON.parse(await text(answer))).toMatchObject({ errors: [{ extensions: { code } }] });
    });

    it.each([
      ['text/event-stream', 200],
      ['text/event-stream; q=0.9, application/json', 200],
      ['TEXT/EVENT-STREAM', 200],
      ['*/*', 200],
      ['application/json', 406],
      ['text/event-streams', 406],
    ])('responds to Accept: %s with events or 406', async (accept, status) => {
      const { token } = await gateway.account();
      const answer = await stream(gateway.url, { query: ADDRESSES }, { token, accept });
      expect(answer.statusCode).toBe(status);
      answer.destroy();
    });

    it('ends with the connection', async () => {
      const answer = await stream(gateway.url, { query: ADDRESSES }, await gateway.account());
      await watching(1);
      answer.destroy();
    });
  });

  it('gives a slow client the latest state, and keeps no earlier one for it', async () => {
    anna = await gateway.account();
    await register('begun');
    const query = `subscription { networksChanged { name ${Array.from({ length: 25 }, (_, n) => `a${n}: name`).join(' ')} } }`;
    const peer = await peerOf(anna.token);
    peer.subscribe('1', { query });
    const events = await stream(gateway.url, { query }, anna);
    await watching(2);
    peer.socket.pause();
    const writer = new AllowlistWriter(gateway.store);
    const [network] = await writer.networks.list(anna.id);
    const updates = 1000;
    for (let count = 1; count <= updates; count += 1) {
      await writer.networks.update(anna.id, network!.id, { name: `${'x'.repeat(2000)} ${count}` });
    }
    peer.socket.resume();
    const names = () => peer.messages.flatMap(({ payload }) => payload?.data?.networksChanged[0].name ?? []);
    while (!names().at(-1)?.endsWith(` ${updates}`)) await once(peer.socket, 'message');
    expect(names().length).toBeLessThan(updates / 2);
    let read = '';
    events.setEncoding('utf8').on('data', (chunk: string) => {
      read += chunk;
    });
    events.resume();
    while (!read.includes(` ${updates}"`)) await once(events, 'data');
    expect(read.split('event: next').length).toBeLessThan(updates / 2);
    events.destroy();
  });
});

describe('a gateway of live updates', () => {
  const ways = new Ways();
  let gateway: TestGateway;
  let anna: TestAccount;
  let peer: Peer;

  beforeAll(async () => {
    gateway = await startTestGateway({ through: ways.through });
    anna = await gateway.account();
    peer = await Peer.ofAccount(gateway.url, anna.token);
    peer.subscribe('1');
    await vi.waitUntil(async () => (await subscriptions(gateway)) === 1);
  });
  afterAll(async () => {
    await gateway?.stop();
    ways.close();
  });

  const register = async (name: string, url: string) => {
    const { errors } = await graphql(url, { query: REGISTER, variables: { name }, token: anna.token });
    expect(errors).toBeUndefined();
  };

  it('sends the state after an outage of the stores, and refuses subscriptions with a code during it', async () => {
    const direct = {
      ...gateway.config,
      databaseUrl: gateway.database.url,
      redisUrl: gateway.redis.url,
      ephemeralRedisUrl: gateway.ephemeral.url,
    };
    const other = await startGateway(
      direct,
      createLogger('gateway', () => {}),
    );
    await ways.cut();
    await register('meanwhile', `http://127.0.0.1:${other.port}/graphql`);
    await other.stop();
    const refused = await stream(gateway.url, { query: ADDRESSES }, anna);
    expect(refused.statusCode).toBe(503);
    expect(JSON.parse(await text(refused))).toMatchObject({
      errors: [{ extensions: { code: 'SERVICE_UNAVAILABLE' } }],
    });
    peer.subscribe('2');
    expect((await peer.message('error', '2')).payload).toMatchObject([
      { extensions: { code: 'SERVICE_UNAVAILABLE' } },
    ]);
    const late = await Peer.open(gateway.url);
    late.begin(anna.token);
    expect(await late.closed).toBe(1013);
    await ways.mend();
    const { payload } = await peer.message('next', '1');
    expect(payload.data.networksChanged).toMatchObject([{ name: 'meanwhile' }]);
  });

  it('reads again what it could not read', async () => {
    await register('known', gateway.url);
    await expect
      .poll(() => peer.messages.at(-1)!.payload.data.networksChanged)
      .toMatchObject([{ name: 'known' }, { name: 'meanwhile' }]);
    const writer = new AllowlistWriter(gateway.store);
    const [network] = await writer.networks.list(anna.id);
    const epoch = (await gateway.store.get('{allowlist}:epoch-4'))!;
    // The change is notified, and a store without an epoch is treated as uninitialised.
    await Promise.all([
      writer.networks.update(anna.id, network!.id, { name: 'later' }),
      gateway.store.del('{allowlist}:epoch-4'),
    ]);
    await gateway.store.ping();
    const before = peer.messages.length;
    await gateway.store.set('{allowlist}:epoch-4', epoch);
    while (peer.messages.length === before) await once(peer.socket, 'message');
    expect(peer.messages.at(-1)!.payload.data.networksChanged).toMatchObject([
      { name: 'later' },
      { name: 'meanwhile' },
    ]);
  });

  it('stops even if sockets do not answer', async () => {
    const mute = await Peer.open(gateway.url);
    mute.socket.pause();
    peer.socket.pause();
    await gateway.gateway.stop();
    await expect(fetch(gateway.url)).rejects.toThrow();
  });
});
