import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dayFromNow, startTestGateway, type TestGateway } from '../../support/gateway.js';
import { type PolicyFolder, policyFolder } from '../../support/policy.js';
import { GATEWAY_SETTINGS } from '../../support/settings.js';

const POLICY = `query ($version: String) {
  policy(version: $version) {
    version effectiveOn material sha256 text summary diff contactEmail dataProtectionOfficerEmail
  }
}`;
const ACCEPTANCES = '{ viewer { policyAcceptances { version acceptedOn } } }';

const old = { version: 'old', effectiveOn: '2026-01-01', text: 'We keep little.\n' };
const present = { version: 'present', effectiveOn: '2026-02-01', text: 'We keep nothing.\n' };
const ahead = { version: 'ahead', effectiveOn: dayFromNow(30), material: true };

describe('policy', () => {
  let gateway: TestGateway;
  let folder: PolicyFolder;
  beforeAll(async () => {
    folder = await policyFolder();
    await folder.write(old, present, ahead);
    gateway = await startTestGateway({ config: { policyFile: folder.file } });
  });
  afterAll(async () => {
    await gateway?.stop();
    await folder?.remove();
  });

  const policy = async (version?: string | null) =>
    (await gateway.call({ query: POLICY, variables: { version } })).data.policy;

  it('is to anyone the one in force, with the change before it and whom to write to', async () => {
    expect(await policy()).toEqual({
      version: 'present',
      effectiveOn: '2026-02-01',
      material: false,
      sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
      text: 'We keep nothing.\n',
      summary: 'present in English',
      diff: '--- old\n+++ present\n@@ -1,1 +1,1 @@\n-We keep little.\n+We keep nothing.\n',
      contactEmail: GATEWAY_SETTINGS.CONTACT_EMAIL,
      dataProtectionOfficerEmail: GATEWAY_SETTINGS.DPO_EMAIL,
    });
    expect(await policy(null)).toEqual(await policy('present'));
  });

  it('is an old or a coming one when it is asked for, and null when there is none', async () => {
    expect(await policy('old')).toMatchObject({ version: 'old', diff: null });
    expect(await policy('ahead')).toMatchObject({ effectiveOn: ahead.effectiveOn, material: true });
    expect(await policy('never')).toBeNull();
    const { data } = await gateway.call({ query: '{ policy { language } }' });
    expect(data.policy.language).toBe('EN');
  });

  it('says what has changed in the language that is asked for', async () => {
    const query = '{ policy { de: summary(locale: DE) es: summary(locale: ES) } }';
    const { data } = await gateway.call({ query });
    expect(data.policy).toEqual({ de: 'present auf Deutsch', es: 'present en español' });
  });

  it('is accepted by using the product: the first request in a session records the day', async () => {
    const token = await gateway.user();
    await gateway.call({ query: '{ viewer { mediaStreamer { networks { id } } } }', token });
    const { data } = await gateway.call({ query: ACCEPTANCES, token });
    expect(data.viewer.policyAcceptances).toEqual([{ version: 'present', acceptedOn: dayFromNow(0) }]);
  });

  it('is accepted again after a change, without a restart; and an upcoming change is announced', async () => {
    const token = await gateway.user();
    await gateway.call({ query: ACCEPTANCES, token });
    const next = { version: 'next', effectiveOn: dayFromNow(0) };
    const later = { version: 'later', effectiveOn: dayFromNow(60), material: true };
    await folder.write(old, present, next, later);
    await gateway.gateway.reload();
    expect(gateway.log.map((line) => JSON.parse(line).event)).toEqual(
      expect.arrayContaining(['policy.loaded', 'policy.announced']),
    );
    const { data } = await gateway.call({ query: ACCEPTANCES, token });
    expect(new Set(data.viewer.policyAcceptances)).toEqual(
      new Set([
        { version: 'present', acceptedOn: dayFromNow(0) },
        { version: 'next', acceptedOn: dayFromNow(0) },
      ]),
    );
    expect((await policy()).version).toBe('next');
  });

  it('shows each viewer their own acceptances, and none to anyone who is not signed in', async () => {
    const token = await gateway.user();
    const { data } = await gateway.call({ query: ACCEPTANCES, token });
    expect(data.viewer.policyAcceptances).toHaveLength(1);
    const { errors } = await gateway.call({ query: ACCEPTANCES });
    expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });
});
