import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { makeSession } from '../../support/people/account.js';
import { Authenticator } from '../../support/people/authenticator.js';
import { waitingMails } from '../../support/people/links.js';
import {
  enrolPasskey,
  enrolTotp,
  register,
  registrationOptions,
} from '../../support/people/second-factors.js';

const PASSKEYS = '{ viewer { secondFactors { recoveryCodesLeft passkeys { id label backedUp } } } }';
const REFUSED = [{ field: 'response', code: 'PASSKEY_REFUSED' }];

describe('startPasskeyRegistration and registerPasskey', () => {
  const gateway = useGateway();

  const viewer = async (token: string) =>
    (await gateway.call({ query: PASSKEYS, token })).data.viewer.secondFactors;

  it('ask for a discoverable credential of this host, with verification of the person, and for no attestation', async () => {
    const anna = await gateway.account({ email: 'anna@example.com' });
    const options = await registrationOptions(gateway, anna);
    expect(options).toMatchObject({
      rp: { id: 'portal.cyberspacevpn.example', name: 'CyberSapceVPN' },
      user: { name: 'anna@example.com', displayName: 'anna@example.com' },
      attestation: 'none',
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
      excludeCredentials: [],
      timeout: 300_000,
    });
    expect(options.pubKeyCredParams.map(({ alg }: { alg: number }) => alg)).toEqual([-8, -7, -257]);
  });

  it('give each account one opaque handle, which is not its id', async () => {
    const [anna, bert] = [await gateway.account(), await gateway.account()];
    const handle = (await registrationOptions(gateway, anna)).user.id;
    expect(handle).toMatch(/^[\w-]{43}$/);
    expect(Buffer.from(handle, 'base64url').toString()).not.toContain(anna.id);
    expect((await registrationOptions(gateway, anna)).user.id).toBe(handle);
    expect((await registrationOptions(gateway, bert)).user.id).not.toBe(handle);
  });

  it('store nothing before the passkey comes', async () => {
    const anna = await gateway.account();
    const keys = () => gateway.store.keys('*').then((found) => found.sort());
    const before = await keys();
    await registrationOptions(gateway, anna);
    expect(await keys()).toEqual(before);
    expect(await gateway.query('SELECT FROM passkey WHERE account_id = $1', [anna.id])).toEqual([]);
  });

  it.each(['ES256', 'EdDSA', 'RS256'] as const)('register a passkey with %s', async (algorithm) => {
    const anna = await gateway.account();
    const authenticator = new Authenticator(algorithm);
    const response = authenticator.create(await registrationOptions(gateway, anna), { backedUp: true });
    const payload = await register(gateway, anna, { response, label: ' Telephone ' });
    expect(errorsOf(payload)).toEqual([]);
    expect(payload.passkey).toMatchObject({ label: 'Telephone', backedUp: true });
    expect(payload.recoveryCodes).toHaveLength(10);
    expect(await viewer(anna.token)).toEqual({ recoveryCodesLeft: 10, passkeys: [payload.passkey] });
    const { excludeCredentials } = await registrationOptions(gateway, anna);
    expect(excludeCredentials).toEqual([{ id: authenticator.credentialId, type: 'public-key' }]);
  });

  it('count for the session at once, end the others, which know the password alone, and tell the owner', async () => {
    const anna = await gateway.account();
    const elsewhere = await makeSession(gateway.redis.url, anna);
    await enrolPasskey(gateway, anna);
    expect(await gateway.sessions.find(anna.token)).toMatchObject({ secondFactor: true });
    expect(await gateway.sessions.find(elsewhere)).toBeNull();
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'security-notice',
      accountId: anna.id,
      change: 'passkey-added',
    });
  });

  it('leave recovery codes and other sessions of an account that had a second factor as they are', async () => {
    const anna = await gateway.account();
    await enrolTotp(gateway, anna);
    const elsewhere = await makeSession(gateway.redis.url, anna);
    const { recoveryCodes } = await enrolPasskey(gateway, anna);
    expect(recoveryCodes).toBeNull();
    expect((await viewer(anna.token)).recoveryCodesLeft).toBe(10);
    expect(await gateway.sessions.find(elsewhere)).not.toBeNull();
  });

  it('sort passkeys by label, and keep a counter as large as they come', async () => {
    const anna = await gateway.account();
    const large = new Authenticator();
    large.counter = 2 ** 32 - 2;
    await enrolPasskey(gateway, anna, large, 'Zebra');
    await enrolPasskey(gateway, anna, new Authenticator(), 'Antelope');
    const { passkeys } = await viewer(anna.token);
    expect(passkeys.map(({ label }: { label: string }) => label)).toEqual(['Antelope', 'Zebra']);
    const [row] = await gateway.query('SELECT counter FROM passkey WHERE label = $1', ['Zebra']);
    expect(row).toEqual({ counter: '4294967294' });
  });

  it.each([
    ['too long', 'x'.repeat(65), 'LABEL_TOO_LONG'],
    ['with a control character', 'a\u0007b', 'INVALID_LABEL'],
    ['that holds a card number', 'Visa 4111 1111 1111 1111', 'CARD_NUMBER'],
  ])('refuse a label %s, and leave the challenge for another try', async (_what, label, code) => {
    const anna = await gateway.account();
    const response = new Authenticator().create(await registrationOptions(gateway, anna));
    expect(errorsOf(await register(gateway, anna, { response, label }))).toEqual([{ field: 'label', code }]);
    expect(errorsOf(await register(gateway, anna, { response }))).toEqual([]);
  });

  it('take a challenge once', async () => {
    const anna = await gateway.account();
    const options = await registrationOptions(gateway, anna);
    const payloads = await Promise.all(
      [new Authenticator(), new Authenticator(), new Authenticator()].map((authenticator) =>
        register(gateway, anna, { response: authenticator.create(options) }),
      ),
    );
    expect(payloads.filter(({ passkey }) => passkey !== null)).toHaveLength(1);
    expect(await gateway.query('SELECT FROM passkey WHERE account_id = $1', [anna.id])).toHaveLength(1);
  });

  it('refuse a challenge that was given to another account', async () => {
    const [anna, bert] = [await gateway.account(), await gateway.account()];
    const response = new Authenticator().create(await registrationOptions(gateway, bert));
    const payload = await register(gateway, anna, { response });
    expect(payload).toMatchObject({ passkey: null, recoveryCodes: null });
    expect(errorsOf(payload)).toEqual(REFUSED);
  });

  it('refuse a credential that is registered already, whosever it is, and change nothing', async () => {
    const [anna, bert] = [await gateway.account(), await gateway.account()];
    const { authenticator } = await enrolPasskey(gateway, anna);
    for (const account of [anna, bert]) {
      const response = authenticator.create(await registrationOptions(gateway, account));
      expect(errorsOf(await register(gateway, account, { response }))).toEqual(REFUSED);
    }
    expect(await viewer(bert.token)).toEqual({ recoveryCodesLeft: 0, passkeys: [] });
    expect((await viewer(anna.token)).passkeys).toHaveLength(1);
  });

  it('refuse an eleventh passkey with PASSKEY_LIMIT_REACHED, also of two that come at the same time', async () => {
    const anna = await gateway.account();
    for (let count = 0; count < 9; count += 1) await enrolPasskey(gateway, anna);
    const options = [await registrationOptions(gateway, anna), await registrationOptions(gateway, anna)];
    const payloads = await Promise.all(
      options.map((each) => register(gateway, anna, { response: new Authenticator().create(each) })),
    );
    expect(payloads.flatMap(errorsOf)).toEqual([{ field: null, code: 'PASSKEY_LIMIT_REACHED' }]);
    const { token, fresh: headers } = anna;
    const query = 'mutation { startPasskeyRegistration { options userErrors { field code } } }';
    const { startPasskeyRegistration } = (await gateway.call({ query, token, headers })).data;
    expect(startPasskeyRegistration.options).toBeNull();
    expect(errorsOf(startPasskeyRegistration)).toEqual([{ field: null, code: 'PASSKEY_LIMIT_REACHED' }]);
  });

  it('refuse whatever is no response, and do not repeat it', async () => {
    const anna = await gateway.account();
    const good = new Authenticator().create(await registrationOptions(gateway, anna));
    const inner = good.response as Record<string, unknown>;
    const responses = [
      {},
      { id: 'canary' },
      { ...good, type: 'canary' },
      { ...good, rawId: 'canary' },
      { ...good, response: { ...inner, clientDataJSON: 'canary' } },
      { ...good, response: { ...inner, attestationObject: 'canary' } },
      { ...good, response: { ...inner, attestationObject: 'A'.repeat(30_000) } },
      { ...good, response: null },
    ];
    for (const response of responses) {
      const payload = await register(gateway, anna, { response });
      expect(errorsOf(payload)).toEqual(REFUSED);
    }
    const { token, fresh: headers } = anna;
    for (const query of [
      'mutation { registerPasskey(input: { response: "canary" }) { userErrors { code } } }',
      'mutation ($response: JSONObject!) { registerPasskey(input: { response: $response }) { userErrors { code } } }',
    ]) {
      const { errors } = await gateway.call({ query, variables: { response: ['canary'] }, token, headers });
      expect(errors).toHaveLength(1);
      expect(JSON.stringify(errors)).not.toContain('canary');
    }
    expect(gateway.log.join('\n')).not.toContain('canary');
  });

  it('answer UNAUTHENTICATED when the account is gone', async () => {
    const anna = await gateway.account();
    const response = new Authenticator().create(await registrationOptions(gateway, anna));
    await gateway.query('DELETE FROM account WHERE id = $1', [anna.id]);
    const { token, fresh: headers } = anna;
    for (const query of [
      'mutation { startPasskeyRegistration { options } }',
      'mutation ($response: JSONObject!) { registerPasskey(input: { response: $response }) { userErrors { code } } }',
    ]) {
      const { errors } = await gateway.call({ query, variables: { response }, token, headers });
      expect(errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
    }
  });
});
