import { describe, expect, it } from 'vitest';
import { SetConsent, type SetConsentInput, ViewerConsents } from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf } from '../../support/gateway.js';
import { cookiesSet, deletes } from '../../support/http/cookies.js';

describe('setConsent', () => {
  const gateway = useGateway();

  const setConsent = (token: string, input: SetConsentInput, headers: Record<string, string> = {}) =>
    gateway.ask(SetConsent, { input }, { token, headers });

  it('grants, and withdraws by the same call with the same session', async () => {
    const token = await gateway.user();
    for (const granted of [true, false]) {
      const { data } = await setConsent(token, { purpose: 'DIAGNOSTICS', granted });
      expect(data.setConsent).toEqual({
        consent: {
          purpose: 'DIAGNOSTICS',
          processorId: null,
          granted,
          decidedOn: dayFromNow(0),
          policyVersion: '2026-11-01',
          source: 'PERSON',
        },
        userErrors: [],
      });
    }
  });

  it('is about one processor when data is shared', async () => {
    const token = await gateway.user();
    const { data } = await setConsent(token, {
      purpose: 'SHARING',
      processorId: 'google-analytics',
      granted: true,
    });
    expect(data.setConsent.consent).toMatchObject({ processorId: 'google-analytics', granted: true });
    const { data: all } = await gateway.ask(ViewerConsents, {}, { token });
    const granted = all.viewer.consents.filter((consent) => consent.granted);
    // Marketing is, where the law asks for no consent.
    expect(granted).toMatchObject([
      { processorId: null, granted: true },
      { processorId: 'google-analytics', granted: true },
    ]);
  });

  it.each<[string, Pick<SetConsentInput, 'purpose' | 'processorId'>]>([
    ['sharing with nobody', { purpose: 'SHARING' }],
    ['sharing with somebody unknown', { purpose: 'SHARING', processorId: 'somebody' }],
    ['sharing with whom the service cannot do without', { purpose: 'SHARING', processorId: 'mail-delivery' }],
  ])('refuses %s: UNKNOWN_PROCESSOR', async (_what, input) => {
    const { data } = await setConsent(await gateway.user(), { ...input, granted: true });
    expect(data.setConsent.consent).toBeNull();
    expect(errorsOf(data.setConsent)).toEqual([{ field: 'processorId', code: 'UNKNOWN_PROCESSOR' }]);
  });

  it('refuses a processor for another purpose: PROCESSOR_WITHOUT_SHARING', async () => {
    const { data } = await setConsent(await gateway.user(), {
      purpose: 'MARKETING',
      processorId: 'google-analytics',
      granted: true,
    });
    expect(errorsOf(data.setConsent)).toEqual([{ field: 'processorId', code: 'PROCESSOR_WITHOUT_SHARING' }]);
  });

  it('takes so many grants an hour, TOO_MANY_ATTEMPTS after that, and always a withdrawal', async () => {
    const token = await gateway.user();
    const say = async (granted: boolean) => {
      const { data } = await setConsent(token, { purpose: 'DIAGNOSTICS', granted });
      return errorsOf(data.setConsent);
    };
    for (let grants = 0; grants < 50; grants += 1) expect(await say(true)).toEqual([]);
    expect(await say(false)).toEqual([]);
    expect(await say(true)).toEqual([{ field: null, code: 'TOO_MANY_ATTEMPTS' }]);
    expect(await say(false)).toEqual([]);
  });

  it('deletes the channel’s cookie at once when cookies for analytics are withdrawn', async () => {
    const token = await gateway.user();
    const cookie = { cookie: '__Host-channel=anything' };
    const granted = await setConsent(token, { purpose: 'ANALYTICS_COOKIES', granted: true }, cookie);
    expect(cookiesSet(granted)).toEqual([]);
    const withdrawn = await setConsent(token, { purpose: 'ANALYTICS_COOKIES', granted: false }, cookie);
    const [deleted, ...more] = cookiesSet(withdrawn);
    expect(deleted?.name).toBe('__Host-channel');
    expect(deletes(deleted!)).toBe(true);
    expect(more).toEqual([]);
  });

  it('keeps nothing of a person whose account is gone', async () => {
    const { id, token } = await gateway.account();
    await gateway.query('DELETE FROM account WHERE id = $1', [id]);
    const { errors } = await setConsent(token, { purpose: 'DIAGNOSTICS', granted: true });
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['UNAUTHENTICATED']);
  });
});
