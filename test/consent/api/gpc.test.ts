import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';

const GPC = { 'sec-gpc': '1' };
const CONSENTS = '{ viewer { consents { purpose processorId granted source } } }';
const HISTORY = '{ viewer { consentHistory { purpose granted source } } }';
const SET_CONSENT = `mutation ($input: SetConsentInput!) {
  setConsent(input: $input) { consent { granted source } userErrors { code } }
}`;

interface Consent {
  readonly purpose: string;
  readonly granted: boolean;
  readonly source: string;
}

describe('Global Privacy Control', () => {
  const gateway = useGateway();

  async function viewer(query: string, token: string, headers: Record<string, string>) {
    const { data } = await gateway.call({ query, token, headers });
    return data.viewer;
  }
  const consents = async (token: string, headers: Record<string, string> = {}): Promise<Consent[]> =>
    (await viewer(CONSENTS, token, headers)).consents;
  const history = async (token: string): Promise<Consent[]> =>
    (await viewer(HISTORY, token, {})).consentHistory;
  const grant = (token: string, purpose: string, headers: Record<string, string> = {}) =>
    gateway.call({ query: SET_CONSENT, variables: { input: { purpose, granted: true } }, token, headers });
  const granted = (all: readonly Consent[]) =>
    all.filter((consent) => consent.granted).map(({ purpose }) => purpose);

  it('is an objection to every purpose already in the first answer', async () => {
    const token = await gateway.user();
    expect(granted(await consents(token))).toEqual(['MARKETING']);
    const all = await consents(token, GPC);
    expect(all.every((consent) => !consent.granted && consent.source === 'GPC')).toBe(true);
  });

  it('is taken down once, and holds without the signal, too', async () => {
    const token = await gateway.user();
    for (const _request of [1, 2, 3]) await consents(token, GPC);
    const entries = await history(token);
    expect(entries.map(({ purpose }) => purpose).sort()).toEqual([
      'ADVERTISING_COOKIES',
      'ANALYTICS_COOKIES',
      'DIAGNOSTICS',
      'MARKETING',
      'SHARING',
    ]);
    expect(entries.every((entry) => !entry.granted && entry.source === 'GPC')).toBe(true);
    expect(granted(await consents(token))).toEqual([]);
  });

  it('takes back a consent to cookies that was given without it, not one to diagnostics', async () => {
    const token = await gateway.user();
    await grant(token, 'ANALYTICS_COOKIES');
    await grant(token, 'DIAGNOSTICS');
    expect(granted(await consents(token, GPC))).toEqual(['DIAGNOSTICS']);
  });

  it('gives way to what the person grants in spite of it, as long as they are signed in', async () => {
    const token = await gateway.user();
    const { data } = await grant(token, 'ANALYTICS_COOKIES', GPC);
    expect(data.setConsent).toEqual({ consent: { granted: true, source: 'PERSON' }, userErrors: [] });
    expect(granted(await consents(token, GPC))).toEqual(['ANALYTICS_COOKIES']);
  });

  it.each([['0'], ['true'], ['1, 1'], ['']])('is the value 1 alone; %j says nothing', async (value) => {
    const token = await gateway.user();
    expect(granted(await consents(token, { 'sec-gpc': value }))).toEqual(['MARKETING']);
    expect(await history(token)).toEqual([]);
  });

  it('changes nothing for a stranger, or for a session that is not valid', async () => {
    const { errors } = await gateway.call({ query: CONSENTS, token: 'a'.repeat(43), headers: GPC });
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['UNAUTHENTICATED']);
  });

  it('is supported, as GET /.well-known/gpc.json states', async () => {
    const answer = await fetch(new URL('/.well-known/gpc.json', gateway.url));
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
    expect(await answer.json()).toEqual({
      gpc: true,
      lastUpdate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string,
    });
  });
});
