import { randomUUID } from 'node:crypto';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { AllowlistWriter } from '../../../src/allowlist/writer.js';
import { daysAfter, today } from '../../../src/lib/calendar.js';
import { parseAddress, userPrefix } from '../../../src/lib/ip.js';
import { newUpdateToken, updateTokenDigest } from '../../../src/services/media-streamer/update-tokens.js';
import { useGateway } from '../../support/fixtures.js';
import { someSource } from '../../support/gateway.js';
import { RawConnection } from '../../support/http/raw-http.js';
import { sendUpdate, type UpdateRequest } from '../../support/http/update-client.js';
import { Ways } from '../../support/network/fault-proxy.js';
import { makeNetwork, type TestNetwork } from '../../support/people/network.js';

const ways = new Ways();
/** 127.0.0.9 is a proxy; requests of tests come from others. */
const gateway = useGateway({
  config: { trustedProxies: ['127.0.0.9'], moreHosts: ['::1'] },
  through: ways.through,
});
afterAll(() => ways.close());

let home: TestNetwork;
let source: string;
beforeEach(async () => {
  home = await makeNetwork(gateway);
  source = someSource();
});

const update = (request: UpdateRequest = {}) =>
  sendUpdate(gateway.url, { password: home.token, source, ...request });

/** The allowlist's revision: the number of its changes. */
const revision = async () => Number(await gateway.store.get('{allowlist}:revision'));

/** How many commands with the digest of this token the store gets while `work` is done. */
async function storeCalls(token: string, work: () => Promise<void>): Promise<number> {
  const digest = updateTokenDigest(token) ?? '';
  const end = randomUUID();
  const monitor = await gateway.store.monitor();
  let calls = 0;
  const ended = new Promise<void>((resolve) => {
    monitor.on('monitor', (_time: string, command: readonly string[], source: string) => {
      // What a script calls is its own matter.
      if (source !== 'lua' && command.includes(digest)) calls += 1;
      if (command.includes(end)) resolve();
    });
  });
  await work();
  await gateway.store.get(end);
  await ended;
  monitor.disconnect();
  return calls;
}

describe('an update', () => {
  it('moves the network to the source of the request, whatever the request states', async () => {
    const neighbour = await makeNetwork(gateway, { addresses: ['203.0.113.7'] });
    const first = await update({ path: '/nic/update?hostname=tv&myip=203.0.113.7' });
    expect([first.status, first.text]).toEqual([200, `good ${source}\n`]);
    expect(await home.addresses()).toEqual([source]);
    expect(await neighbour.addresses()).toEqual(['203.0.113.7']);
    const second = await update({ path: '/nic/update?hostname=tv&myip=203.0.113.7' });
    expect([second.status, second.text]).toEqual([200, `nochg ${source}\n`]);
  });

  it.each([
    ['an address for examples', '203.0.113.9'],
    ['a private one', '192.168.1.2'],
    ['IPv6 before IPv4', '2a00:1450::7,8.8.4.4'],
    ['nothing', ''],
    ['a name that the box has not filled in', '<ipaddr>'],
    ['a prefix', '2a00:1450::/59'],
    ['the other family', '2a00:1450::7'],
    ['no address and no UTF-8', 'dyn%zz%ff'],
  ])('with %s in myip counts by its source', async (_what, myip) => {
    const path = `/nic/update?hostname=tv&myip=${myip}&myipv6=x&ip6lanprefix=::/59&host_id=7&offline=YES`;
    const answer = await update({ path });
    expect([answer.status, answer.text]).toEqual([200, `good ${source}\n`]);
    expect(await home.addresses()).toEqual([source]);
  });

  it('does not believe a proxy that is not trusted, and believes one that is', async () => {
    const headers = { 'x-forwarded-for': '8.8.4.4' };
    expect((await update({ headers })).text).toBe(`good ${source}\n`);
    expect((await update({ headers, source: '127.0.0.9' })).text).toBe('good 8.8.4.4\n');
    expect(await home.addresses()).toEqual(['8.8.4.4']);
  });

  it('over IPv6 gives the network a /64 beside its IPv4 address', async () => {
    await update();
    const { port } = new URL(gateway.url);
    const answer = await sendUpdate(`http://[::1]:${port}`, { password: home.token });
    expect(answer.text).toBe('good ::1\n');
    expect(await home.addresses()).toEqual([source, '::/64']);
  });

  it.each([
    '/nic/update?hostname=tv',
    '/nic/update',
    '/v3/update?hostname=tv&myip=',
    '//nic/update?hostname=tv',
    '/\\/nic/update?hostname=tv',
    '/update?ip=%i&hostname=%h/nic/update?system=dyndns&hostname=tv&myip=1.2.3.4',
    '/any/path?system=dyndns',
    '/?myip=',
    '/?HostName=tv',
  ])('is served at %s, by GET and by POST', async (path) => {
    expect((await update({ path })).text).toBe(`good ${source}\n`);
    expect((await update({ path, method: 'POST', body: '' })).text).toBe(`nochg ${source}\n`);
  });

  it('is not what other paths are for: they stay as they were', async () => {
    expect((await update({ path: '/other' })).status).toBe(404);
    expect((await update({ path: '/livez' })).text).toBe('ok\n');
    expect((await update({ path: '/graphql?hostname=tv' })).status).toBe(405);
    expect(await home.addresses()).toEqual([]);
  });

  it('has a line for each of up to 20 host names, and is refused with more', async () => {
    const hosts = (count: number) => Array.from({ length: count }, (_, index) => `host${index}`).join(',');
    const twenty = await update({ path: `/nic/update?hostname=${hosts(20)}` });
    expect(twenty.text).toBe(`good ${source}\n`.repeat(20));
    const encoded = await update({ path: `/nic/update?hostname=${encodeURIComponent(hosts(3))}` });
    expect(encoded.text).toBe(`nochg ${source}\n`.repeat(3));
    const form = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await update({
      path: '/v3/update',
      method: 'POST',
      headers: form,
      body: 'hostname=a,b&myip=1.2.3.4',
    });
    expect(posted.text).toBe(`nochg ${source}\n`.repeat(2));
    const before = await revision();
    for (const request of [
      { path: `/nic/update?hostname=${hosts(21)}` },
      { path: '/nic/update', method: 'POST', headers: form, body: `hostname=${hosts(21)}` },
    ]) {
      expect(await update(request)).toMatchObject({ status: 200, text: 'numhost\n' });
    }
    expect(await revision()).toBe(before);
  });

  it('has as long a URL as 20 long names make, and a longer one or body is refused before anything is done', async () => {
    const names = Array(20).fill(`${'a'.repeat(63)}.`.repeat(3) + 'a'.repeat(61));
    const long = await update({ path: `/nic/update?hostname=${names.join(',')}` });
    expect(long.text).toBe(`good ${source}\n`.repeat(20));
    const before = await revision();
    const query = `hostname=tv&x=${'a'.repeat(8192)}`;
    for (const path of [`/nic/update?${query}`, `/any?${query}`, `/u/${home.token}?${query}`]) {
      expect((await update({ path })).status).toBe(414);
    }
    expect((await update({ path: '/nic/update', method: 'POST', body: 'a'.repeat(9000) })).status).toBe(413);
    expect(await revision()).toBe(before);
  });

  it.each([
    'GET nic/update?hostname=tv HTTP/1.0',
    'GET ?hostname=tv HTTP/1.0',
    'GET //nic/update?hostname=tv HTTP/1.0',
    'GET /\\/nic/update?hostname=tv HTTP/1.0',
    'POST nic/update?hostname=tv HTTP/1.0',
    'GET /nic/update?hostname=k\xfcche HTTP/1.0',
  ])('is served as %j, without a Host and a User-Agent', async (line) => {
    const basic = Buffer.from(`:${home.token}`).toString('base64');
    const connection = await RawConnection.to(gateway.url);
    connection.send(Buffer.from(`${line}\r\nAuthorization: basic ${basic}\r\n\r\n`, 'latin1'));
    const [answer, ...more] = await connection.ended();
    expect([answer?.status, answer?.text, more]).toEqual([200, 'good 127.0.0.1\n', []]);
  });

  it('is no way in for requests that cannot be read', async () => {
    for (const line of [
      'GET graphql HTTP/1.0',
      'GET nic/update?hostname=a b HTTP/1.0',
      'PUT x?myip= HTTP/1.0',
    ]) {
      const connection = await RawConnection.to(gateway.url);
      connection.send(`${line}\r\n\r\n`);
      expect((await connection.ended())[0]?.status).toBe(400);
    }
  });

  it('has answers that nobody may store, and that state no path to others', async () => {
    for (const path of ['/nic/update', `/u/${home.token}`, '/checkip']) {
      const { headers } = await update({ path });
      expect(headers).toMatchObject({
        'cache-control': 'no-store',
        'content-type': 'text/plain; charset=utf-8',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
        'x-robots-tag': 'noindex, nofollow',
      });
      expect(headers['set-cookie']).toBeUndefined();
    }
  });
});

describe('the link', () => {
  it('of a wrong token asks no browser for a password', async () => {
    const { status, text, headers } = await update({ path: `/u/${newUpdateToken()}`, password: '' });
    expect([status, text]).toEqual([401, 'badauth\n']);
    expect(headers['www-authenticate']).toBe('Link realm="update"');
  });

  it('moves the network to whom has opened it, also with a path that a box appends', async () => {
    expect(await update({ path: `/u/${home.token}`, password: '' })).toMatchObject({
      status: 200,
      text: `good ${source}\n`,
    });
    const path = `/u/${home.token.toUpperCase()}/nic/update?hostname=a,b`;
    expect((await update({ path })).text).toBe(`nochg ${source}\n`.repeat(2));
    expect(await home.addresses()).toEqual([source]);
  });

  it.each([
    ['HEAD', 'HEAD', {}],
    ['a prefetch', 'GET', { 'sec-purpose': 'prefetch;prerender' }],
    ['an older prefetch', 'GET', { purpose: 'prefetch' }],
    ['a preview of Safari', 'GET', { 'x-purpose': 'preview' }],
    ['an older Firefox', 'GET', { 'x-moz': 'prefetch' }],
    ['Facebook', 'GET', { 'user-agent': 'facebookexternalhit/1.1 (+http://www.facebook.com)' }],
    ['WhatsApp', 'GET', { 'user-agent': 'WhatsApp/2.23.20.0' }],
    ['Slack', 'GET', { 'user-agent': 'Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)' }],
    ['Telegram', 'GET', { 'user-agent': 'TelegramBot (like TwitterBot)' }],
    ['Discord', 'GET', { 'user-agent': 'Mozilla/5.0 (compatible; Discordbot/2.0; +https://discordapp.com)' }],
    ['Skype', 'GET', { 'user-agent': 'Mozilla/5.0 SkypeUriPreview Preview/0.5' }],
    [
      'Google',
      'GET',
      { 'user-agent': 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)' },
    ],
    ['a mail scanner', 'GET', { 'user-agent': 'BarracudaCentral' }],
    ['Meta', 'GET', { 'user-agent': 'meta-externalfetcher/1.1' }],
    [
      'a program that reads for somebody',
      'GET',
      { 'user-agent': 'Mozilla/5.0 (compatible; Perplexity-User/1.0)' },
    ],
  ] as const)('does nothing for %s', async (_what, method, headers) => {
    const before = await revision();
    const { status, text } = await update({ path: `/u/${home.token}`, method, headers });
    expect(status).toBe(method === 'HEAD' ? 200 : 403);
    expect(text).not.toContain('good');
    expect(await home.addresses()).toEqual([]);
    expect(await revision()).toBe(before);
  });

  it.each([
    'Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605.1.15 Version/19.0 Mobile/15E148 Safari/604.1',
    'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
    'Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36',
    'Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36',
    'Mikrotik/6.x Fetch',
    'Wget/1.21.3',
    'curl/7.88.1',
  ])('is opened by %s', async (agent) => {
    expect((await update({ path: `/u/${home.token}`, headers: { 'user-agent': agent } })).text).toBe(
      `good ${source}\n`,
    );
  });
});

describe('a token', () => {
  it.each(['a wrong', 'a cut', 'an old', 'a revoked', 'an empty', 'an endless'])(
    '%s one gets 401 and badauth',
    async (kind) => {
      const before = home.token;
      if (kind === 'an old') await home.setToken(newUpdateToken());
      if (kind === 'a revoked') await home.setToken(null);
      const password = {
        'a wrong': newUpdateToken(),
        'a cut': before.slice(0, -1),
        'an old': before,
        'a revoked': before,
        'an empty': '',
        'an endless': 'a'.repeat(5000),
      }[kind]!;
      const answer = await update({ password });
      expect([answer.status, answer.text]).toEqual([401, 'badauth\n']);
      expect(answer.headers['www-authenticate']).toBe('Basic realm="update"');
      expect(await home.addresses()).toEqual([]);
    },
  );

  it('that is missing gets 401 as often as it is missing: some clients send it only then', async () => {
    for (let attempt = 0; attempt < 30; attempt += 1) {
      expect((await sendUpdate(gateway.url, { source })).status).toBe(401);
    }
    expect((await update()).text).toBe(`good ${source}\n`);
  });

  it('that is wrong for the 21st time has its source wait, with 911, and nobody else', async () => {
    for (let attempt = 0; attempt < 20; attempt += 1) {
      expect((await update({ password: newUpdateToken() })).status).toBe(401);
    }
    const answer = await update();
    expect([answer.status, answer.text]).toEqual([503, '911\n']);
    const seconds = Number(answer.headers['retry-after']);
    expect(seconds).toBeGreaterThan(590);
    expect(seconds).toBeLessThanOrEqual(600);
    expect((await update({ source: someSource() })).status).toBe(200);
  });

  it('is for its network alone: not for the API, not for another network of its owner', async () => {
    const { owner } = home;
    const second = await makeNetwork(gateway, { owner, addresses: ['8.8.8.8'] });
    await update();
    expect(await second.addresses()).toEqual(['8.8.8.8']);
    const query = '{ viewer { account { email } } }';
    for (const headers of [
      { authorization: `Bearer ${home.token}` },
      { authorization: `Basic ${Buffer.from(`anna:${home.token}`).toString('base64')}` },
      { cookie: `__Host-session=${home.token}` },
    ]) {
      const { data, errors } = await gateway.call({ query, headers });
      expect(data?.viewer ?? null).toBeNull();
      expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    }
    // Nor is a session good for an update.
    expect((await update({ password: owner.token })).status).toBe(401);
  });
});

describe('what is stored', () => {
  it('of an address that a router has set is its last day, 35 days ahead, moved when it is older than a day', async () => {
    await update();
    const ahead = (days: number) => daysAfter(today(), days);
    expect(await home.lastDays()).toEqual([ahead(35)]);
    const { networks } = new AllowlistWriter(gateway.store);
    const address = userPrefix(parseAddress(source)!);
    // Set today, yesterday, and the day before; and by its owner, without a last day.
    for (const [stored, then] of [
      [ahead(35), ahead(35)],
      [ahead(34), ahead(34)],
      [ahead(33), ahead(35)],
      [null, null],
    ]) {
      await networks.move(home.owner.id, home.id, [address], stored ?? null);
      expect((await update()).text).toBe(`nochg ${source}\n`);
      expect(await home.lastDays()).toEqual([then]);
    }
  });

  it('is not changed by updates with the same address, however many: one read each, and no lock-out', async () => {
    await update();
    const before = await revision();
    const ephemeral = ways.all[2]!;
    await ephemeral.cut();
    // As many as a client with an update each five seconds sends in half an hour.
    const calls = await storeCalls(home.token, async () => {
      for (let index = 0; index < 360; index += 1) {
        expect((await update()).text).toBe(`nochg ${source}\n`);
      }
    });
    expect(calls).toBe(360);
    expect(await revision()).toBe(before);
    await ephemeral.mend();
    const ready = async () => (await fetch(`${gateway.metricsUrl}/readyz`)).status;
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
  });

  it('is one address after any number of changes, and the limit of networks does not matter', async () => {
    for (let day = 0; day < 6; day += 1) {
      const address = someSource();
      expect((await update({ source: address })).text).toBe(`good ${address}\n`);
      expect(await home.addresses()).toEqual([address]);
    }
  });

  it('changes 30 times an hour for one network; then 911, and the address stays', async () => {
    const others = await makeNetwork(gateway);
    let last = '';
    for (let change = 1; change <= 30; change += 1) {
      last = `127.30.${change}.1`;
      expect((await update({ source: last })).text).toBe(`good ${last}\n`);
    }
    for (const source of ['127.30.31.1', '127.30.31.1', '127.30.32.1']) {
      const answer = await update({ source });
      expect([answer.status, answer.text]).toEqual([503, '911\n']);
      expect(answer.headers['retry-after']).toBe('3600');
    }
    expect(await home.addresses()).toEqual([last]);
    expect((await update({ source: last })).text).toBe(`nochg ${last}\n`);
    // One of the addresses of this hour again, as with two lines.
    expect((await update({ source: '127.30.1.1' })).text).toBe('good 127.30.1.1\n');
    expect((await update({ source: '127.30.31.1', password: others.token })).status).toBe(200);
  });

  it('is the other account’s own: two behind one address, of which one moves away', async () => {
    const region = { region: 'uk', serviceRegions: new Map() };
    const neighbour = await makeNetwork(gateway, { addresses: [source], preferences: region });
    const profile = () => gateway.store.hget('{allowlist}:profiles', keyOf(source));
    const alone = await profile();
    await update();
    await update({ source: someSource() });
    expect(await neighbour.addresses()).toEqual([source]);
    expect(await profile()).toBe(alone);
  });
});

describe('while a store is away, an update', () => {
  it('gets 911 and Retry-After, and is right when the store is back', async () => {
    const redis = ways.all[1]!;
    await redis.cut();
    const answer = await update();
    await redis.mend();
    expect([answer.status, answer.text]).toEqual([503, '911\n']);
    expect(answer.headers['retry-after']).toBe('300');
    await expect.poll(async () => (await update()).text, { timeout: 10_000 }).toBe(`good ${source}\n`);
    expect(gateway.log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

/** The key of an IPv4 address in the allowlist. */
function keyOf(address: string): string {
  const hex = address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'));
  return `4${hex.join('')}20`;
}
