import { describe, expect, it } from 'vitest';
import {
  type ConsentPurpose,
  SetConsent,
  ViewerAccount,
  ViewerConsentHistory,
  ViewerConsents,
} from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow } from '../../support/gateway.js';

describe('viewer.consents and viewer.consentHistory', () => {
  const gateway = useGateway();

  const setConsent = (token: string, purpose: ConsentPurpose, granted: boolean) =>
    gateway.ask(SetConsent, { input: { purpose, granted } }, { token });

  async function consents(token: string) {
    const { data } = await gateway.ask(ViewerConsents, {}, { token });
    return data.viewer.consents;
  }

  it('show every purpose, none of it granted, to somebody in Germany', async () => {
    const { token } = await gateway.account({ country: 'DE' });
    const all = await consents(token);
    const untouched = { granted: false, decidedOn: null, policyVersion: null, source: 'DEFAULT' };
    expect(all.slice(0, 4)).toEqual(
      ['MARKETING', 'DIAGNOSTICS', 'ANALYTICS_COOKIES', 'ADVERTISING_COOKIES'].map((purpose) => ({
        ...untouched,
        purpose,
        processorId: null,
      })),
    );
    const sharing = all.slice(4);
    expect(sharing.map(({ processorId }) => processorId)).toContain('google-ads');
    for (const each of sharing) expect(each).toMatchObject({ ...untouched, purpose: 'SHARING' });
  });

  it('show marketing as granted by default where the law asks for no consent', async () => {
    const { token } = await gateway.account({ country: 'US' });
    expect((await consents(token))[0]).toMatchObject({ granted: true, source: 'DEFAULT' });
  });

  it('show what the person has said, newest first in the history, to them alone', async () => {
    const token = await gateway.user();
    await setConsent(token, 'MARKETING', false);
    await setConsent(token, 'DIAGNOSTICS', true);
    await setConsent(token, 'DIAGNOSTICS', true);
    const said = { processorId: null, source: 'PERSON', policyVersion: '2026-11-01' };
    const { data } = await gateway.ask(ViewerConsentHistory, {}, { token });
    expect(data.viewer.consentHistory).toEqual([
      { ...said, purpose: 'DIAGNOSTICS', granted: true, decidedOn: dayFromNow(0) },
      { ...said, purpose: 'MARKETING', granted: false, decidedOn: dayFromNow(0) },
    ]);
    expect((await consents(token)).slice(0, 2)).toEqual([
      { ...said, purpose: 'MARKETING', granted: false, decidedOn: dayFromNow(0) },
      { ...said, purpose: 'DIAGNOSTICS', granted: true, decidedOn: dayFromNow(0) },
    ]);
    const other = await gateway.ask(ViewerConsentHistory, {}, { token: await gateway.user() });
    expect(other.data.viewer.consentHistory).toEqual([]);
  });

  it('hold nothing of what was accepted as a policy', async () => {
    const token = await gateway.user();
    await gateway.ask(ViewerAccount, {}, { token });
    const { data } = await gateway.ask(ViewerConsentHistory, {}, { token });
    expect(data.viewer.consentHistory).toEqual([]);
  });

  it('are not there for a session whose account is gone', async () => {
    const { id, token } = await gateway.account();
    await gateway.query('DELETE FROM account WHERE id = $1', [id]);
    const { errors } = await gateway.ask(ViewerConsents, {}, { token });
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['UNAUTHENTICATED']);
  });
});
