import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { cookiesSet } from '../../support/http/cookies.js';

describe('setLanguage', () => {
  const gateway = useGateway();

  const setLanguage = (locale: string, headers: Record<string, string> = {}) =>
    gateway.call({
      query: 'mutation ($input: SetLanguageInput!) { setLanguage(input: $input) { userErrors { code } } }',
      variables: { input: { locale } },
      headers,
    });
  const language = async (cookie?: string) => {
    const headers = cookie === undefined ? {} : { cookie };
    const { data } = await gateway.call({ query: '{ language }', headers });
    return data.language;
  };

  it('keeps the language in the browser for a year, for anyone', async () => {
    const answer = await setLanguage('ES');
    expect(answer.data).toEqual({ setLanguage: { userErrors: [] } });
    const [cookie, ...more] = cookiesSet(answer);
    expect(more).toEqual([]);
    expect(cookie).toMatchObject({ name: '__Host-language', value: 'es' });
    expect(cookie?.attributes['max-age']).toBe(String(365 * 86_400));
    expect(await language(`${cookie?.name}=${cookie?.value}`)).toBe('ES');
  });

  it('also for a browser that objects by Global Privacy Control: the language was asked for', async () => {
    expect(cookiesSet(await setLanguage('DE', { 'sec-gpc': '1' }))).toMatchObject([{ value: 'de' }]);
  });

  it('refuses a language that there is not', async () => {
    const answer = await setLanguage('FR');
    expect(answer.errors?.map((error) => error.extensions?.code)).toEqual(['BAD_USER_INPUT']);
    expect(cookiesSet(answer)).toEqual([]);
  });

  it('is null before one has been chosen, and for a cookie that is not ours', async () => {
    expect(await language()).toBeNull();
    expect(await language('__Host-language=fr')).toBeNull();
  });
});
