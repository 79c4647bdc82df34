import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import type { TestAccount } from '../../support/people/account.js';
import { enrolTotp } from '../../support/people/second-factors.js';

const START = 'mutation { startTotp { secret uri userErrors { field code } } }';
const METHODS = '{ viewer { secondFactors { totpEnabled recoveryCodesLeft } } }';

describe('startTotp', () => {
  const gateway = useGateway();

  const start = ({ token, fresh: headers }: TestAccount) => gateway.call({ query: START, token, headers });

  it('gives a secret of 160 bits, and the address that apps read from a QR code', async () => {
    const anna = await gateway.account({ email: 'anna@example.com' });
    const { data } = await start(anna);
    const { secret, uri, userErrors } = data.startTotp;
    expect(userErrors).toEqual([]);
    expect(secret).toMatch(/^[A-Z2-7]{32}$/);
    const { protocol, host, pathname, searchParams } = new URL(uri);
    expect({ protocol, host, label: decodeURIComponent(pathname) }).toEqual({
      protocol: 'otpauth:',
      host: 'totp',
      label: '/CyberSapceVPN:anna@example.com',
    });
    expect(Object.fromEntries(searchParams)).toEqual({
      issuer: 'CyberSapceVPN',
      secret,
      algorithm: 'SHA1',
      digits: '6',
      period: '30',
    });
  });

  it('keeps the secret sealed, and makes nothing a second factor yet', async () => {
    const anna = await gateway.account();
    const { secret } = (await start(anna)).data.startTotp;
    const [row] = await gateway.query('SELECT * FROM totp WHERE account_id = $1', [anna.id]);
    expect(row).toEqual({
      account_id: anna.id,
      sealed_secret: expect.stringMatching(/^[\w-]{80,}$/),
      confirmed: false,
    });
    expect(Buffer.from(row!.sealed_secret as string, 'base64url').toString('latin1')).not.toContain(secret);
    const { data } = await gateway.call({ query: METHODS, token: anna.token });
    expect(data.viewer.secondFactors).toEqual({ totpEnabled: false, recoveryCodesLeft: 0 });
  });

  it('gives another secret each time, and only the last one counts', async () => {
    const anna = await gateway.account();
    const first = (await start(anna)).data.startTotp.secret;
    expect((await start(anna)).data.startTotp.secret).not.toBe(first);
    expect(await gateway.query('SELECT FROM totp WHERE account_id = $1', [anna.id])).toHaveLength(1);
  });

  it('refuses an account that has an app with TOTP_ENABLED, and changes nothing', async () => {
    const anna = await gateway.account();
    await enrolTotp(gateway, anna);
    const before = await gateway.query('SELECT * FROM totp WHERE account_id = $1', [anna.id]);
    const { data } = await start(anna);
    expect(data.startTotp).toMatchObject({ secret: null, uri: null });
    expect(errorsOf(data.startTotp)).toEqual([{ field: null, code: 'TOTP_ENABLED' }]);
    expect(await gateway.query('SELECT * FROM totp WHERE account_id = $1', [anna.id])).toEqual(before);
  });

  it('answers UNAUTHENTICATED when the account is gone', async () => {
    const anna = await gateway.account();
    await gateway.query('DELETE FROM account WHERE id = $1', [anna.id]);
    expect((await start(anna)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });
});
