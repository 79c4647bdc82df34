import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { dayFromNow, startTestGateway, type TestGateway } from '../../support/gateway.js';
import { cookiesSet, deletes } from '../../support/http/cookies.js';

const RECORD_VISIT = `mutation ($input: RecordVisitInput!) {
  recordVisit(input: $input) { counted userErrors { code } }
}`;
const SET_CONSENT = `mutation ($granted: Boolean!) {
  setConsent(input: { purpose: ANALYTICS_COOKIES, granted: $granted }) { userErrors { code } }
}`;

interface Options {
  readonly channel?: string;
  readonly platform?: string;
  readonly analyticsConsent?: boolean;
  readonly headers?: Record<string, string>;
  readonly token?: string;
  readonly source?: string;
}

describe('recordVisit', () => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway ??= await startTestGateway();
    await gateway.query('DELETE FROM channel_day');
  });
  afterAll(() => gateway?.stop());

  const visit = ({ headers = {}, token, source, ...input }: Options = {}) =>
    gateway.call({
      query: RECORD_VISIT,
      variables: { input: { channel: 'search', platform: 'linux', analyticsConsent: false, ...input } },
      headers,
      ...(token !== undefined && { token }),
      ...(source !== undefined && { source }),
    });
  const counted = () =>
    gateway.query(
      'SELECT day::text, channel, platform, visits, sign_ups AS "signUps" FROM channel_day ORDER BY 2, 3',
    );
  const day = dayFromNow(0);

  it('counts a visit, and sets no cookie before consent', async () => {
    const answer = await visit();
    expect(answer.data).toEqual({ recordVisit: { counted: true, userErrors: [] } });
    expect(cookiesSet(answer)).toEqual([]);
    expect(await counted()).toEqual([{ day, channel: 'search', platform: 'linux', visits: 1, signUps: 0 }]);
  });

  it('loses no visit of many at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, () => visit()));
    expect(await counted()).toMatchObject([{ visits: 20 }]);
  });

  it('counts so many an hour from one source, and answers TOO_MANY_ATTEMPTS after that', async () => {
    const source = '127.0.9.1';
    const one = () => visit({ analyticsConsent: true, source });
    for (let round = 0; round < 10; round += 1) await Promise.all(Array.from({ length: 30 }, one));
    const answer = await one();
    expect(answer.data).toEqual({
      recordVisit: { counted: null, userErrors: [{ code: 'TOO_MANY_ATTEMPTS' }] },
    });
    expect(cookiesSet(answer)).toEqual([]);
    expect(await counted()).toMatchObject([{ visits: 300 }]);
  });

  it('counts what is not in the list as other', async () => {
    await visit({ channel: 'anna@example.com' });
    await visit({ platform: 'x'.repeat(5000) });
    await visit({ channel: 'other', platform: 'other' });
    expect(await counted()).toMatchObject([
      { channel: 'other', platform: 'linux', visits: 1 },
      { channel: 'other', platform: 'other', visits: 1 },
      { channel: 'search', platform: 'other', visits: 1 },
    ]);
  });

  it('with consent keeps the channel for a month: the same for all who come from there, and without its name', async () => {
    const cookieOf = async (channel: string) =>
      cookiesSet(await visit({ analyticsConsent: true, channel }))[0];
    const [one, two, elsewhere] = await Promise.all(['search', 'search', 'press'].map(cookieOf));
    expect(one).toMatchObject({ name: '__Host-channel', attributes: { 'max-age': String(30 * 86_400) } });
    expect(one?.value).toMatch(/^[\w-]{43}$/);
    expect(two?.value).toBe(one?.value);
    expect(elsewhere?.value).not.toBe(one?.value);
  });

  it('deletes the cookie when consent is withdrawn', async () => {
    const [kept] = cookiesSet(await visit({ analyticsConsent: true }));
    const cookies = cookiesSet(await visit({ headers: { cookie: `${kept?.name}=${kept?.value}` } }));
    expect(cookies.map((each) => [each.name, deletes(each)])).toEqual([['__Host-channel', true]]);
  });

  it('follows what a signed-in person has said with their account', async () => {
    const token = await gateway.user();
    const agree = (granted: boolean) => gateway.call({ query: SET_CONSENT, variables: { granted }, token });
    expect(cookiesSet(await visit({ analyticsConsent: true, token }))).toEqual([]);
    await agree(true);
    expect(cookiesSet(await visit({ analyticsConsent: true, token }))).toHaveLength(1);
    expect(cookiesSet(await visit({ analyticsConsent: false, token }))).toEqual([]);
    await agree(false);
    expect(cookiesSet(await visit({ analyticsConsent: true, token }))).toEqual([]);
  });

  it('with Global Privacy Control counts nothing, sets nothing, and deletes what was kept', async () => {
    const headers = { 'sec-gpc': '1', cookie: '__Host-channel=anything' };
    const answer = await visit({ analyticsConsent: true, headers });
    expect(answer.data).toEqual({ recordVisit: { counted: false, userErrors: [] } });
    expect(cookiesSet(answer).map((each) => [each.name, deletes(each)])).toEqual([['__Host-channel', true]]);
    expect(cookiesSet(await visit({ analyticsConsent: true, headers: { 'sec-gpc': '1' } }))).toEqual([]);
    const token = await gateway.user();
    await gateway.call({
      query: SET_CONSENT,
      variables: { granted: true },
      token,
      headers: { 'sec-gpc': '1' },
    });
    const known = await visit({ analyticsConsent: true, headers: { 'sec-gpc': '1' }, token });
    expect(cookiesSet(known)).toEqual([]);
    expect(await counted()).toEqual([]);
  });

  describe('and a sign-up after it', () => {
    const signUp = (headers: Record<string, string>, email = 'anna@example.com') =>
      gateway.call({
        query: `mutation ($input: SignUpInput!) { signUp(input: $input) { userErrors { code } } }`,
        variables: {
          input: { email, password: 'a long enough passphrase', country: 'DE', attestedAge: 18 },
        },
        headers,
      });
    const kept = async () => {
      const [cookie] = cookiesSet(await visit({ analyticsConsent: true }));
      return `${cookie?.name}=${cookie?.value}`;
    };

    it('is counted for the channel, the same for an address with an account, and the cookie has done its work', async () => {
      const cookie = await kept();
      await gateway.account({ email: 'known@example.com' });
      for (const email of ['new@example.com', 'known@example.com']) {
        const answer = await signUp({ cookie }, email);
        expect(answer.data).toEqual({ signUp: { userErrors: [] } });
        expect(cookiesSet(answer).map(deletes)).toEqual([true]);
      }
      expect(await counted()).toMatchObject([{ channel: 'search', visits: 1, signUps: 2 }]);
    });

    it('is not counted when it is refused, without the cookie, with a false one, or with Global Privacy Control', async () => {
      const cookie = await kept();
      expect(cookiesSet(await signUp({ cookie }, 'no address'))).toEqual([]);
      await signUp({});
      await signUp({ cookie: '__Host-channel=search' });
      expect(cookiesSet(await signUp({ cookie, 'sec-gpc': '1' })).map(deletes)).toEqual([true]);
      expect(await counted()).toMatchObject([{ visits: 1, signUps: 0 }]);
    });
  });
});
