import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import type { TestAccount } from '../../support/people/account.js';

const RECORD_APP = `mutation ($input: RecordAppInput!) {
  recordApp(input: $input) { recorded userErrors { field code message } }
}`;

describe('recordApp', () => {
  const gateway = useGateway();

  const call = (token: string, version: string, platform = 'LINUX') =>
    gateway.call({ query: RECORD_APP, variables: { input: { platform, version } }, token });
  const record = async (account: TestAccount, version: string, platform?: string) =>
    (await call(account.token, version, platform)).data.recordApp;
  const apps = async ({ token }: TestAccount): Promise<{ platform: string; version: string }[]> =>
    (await gateway.call({ query: '{ viewer { apps { platform version } } }', token })).data.viewer.apps;
  const versions = async (account: TestAccount) => (await apps(account)).map(({ version }) => version);

  it('keeps the set of versions, by platform and from the lowest to the highest', async () => {
    const account = await gateway.account();
    const said = [
      ['WINDOWS', '12.4.1'],
      ['APPLE_TV', '10.0.0'],
      ['APPLE_TV', '9.11.2'],
      ['APPLE_TV', '9.2.11'],
      ['APPLE_TV', '10.0.0-rc.1'],
      ['APPLE_TV', '10.0.0-beta.10'],
      ['APPLE_TV', '10.0.0-beta.9'],
      ['APPLE_TV', '10.0.0-beta'],
      ['APPLE_TV', '10.0.0-alpha.11'],
      ['APPLE_TV', '10'],
      ['APPLE_TV', '10.0.1'],
    ] as const;
    for (const [platform, version] of said) {
      expect(await record(account, version, platform)).toEqual({ recorded: true, userErrors: [] });
    }
    const appleTv = [
      '9.2.11',
      '9.11.2',
      '10.0.0-alpha.11',
      '10.0.0-beta',
      '10.0.0-beta.9',
      '10.0.0-beta.10',
      '10.0.0-rc.1',
      '10',
      '10.0.0',
      '10.0.1',
    ];
    expect(await apps(account)).toEqual([
      ...appleTv.map((version) => ({ platform: 'APPLE_TV', version })),
      { platform: 'WINDOWS', version: '12.4.1' },
    ]);
  });

  it('takes every platform', async () => {
    const account = await gateway.account();
    const { data } = await gateway.call({ query: '{ __type(name: "Platform") { enumValues { name } } }' });
    const platforms: string[] = data.__type.enumValues.map(({ name }: { name: string }) => name);
    for (const platform of platforms) expect((await record(account, '1.0.0', platform)).recorded).toBe(true);
    expect((await apps(account)).map(({ platform }) => platform).sort()).toEqual(platforms.sort());
  });

  it('changes nothing when it is said again, even at the same time', async () => {
    const account = await gateway.account();
    const answers = await Promise.all(Array.from({ length: 10 }, () => record(account, '12.4.1')));
    expect(answers).toEqual(answers.map(() => ({ recorded: true, userErrors: [] })));
    expect(await versions(account)).toEqual(['12.4.1']);
  });

  it('keeps 20 versions of a platform: the lowest leaves, and one below all is not kept', async () => {
    const account = await gateway.account();
    const twenty = Array.from({ length: 20 }, (_, index) => `${index + 2}.0`);
    await Promise.all(twenty.map((version) => record(account, version)));
    expect(await versions(account)).toEqual(twenty);
    expect(await record(account, '1.99.0')).toEqual({ recorded: false, userErrors: [] });
    expect(await versions(account)).toEqual(twenty);
    expect(await record(account, '21.0.1')).toEqual({ recorded: true, userErrors: [] });
    expect(await versions(account)).toEqual([...twenty.slice(1), '21.0.1']);
    // Other platforms have room of their own.
    expect((await record(account, '1.0', 'IOS')).recorded).toBe(true);
  });

  it('never keeps more than 20, however many are said at the same time', async () => {
    const account = await gateway.account();
    const thirty = Array.from({ length: 30 }, (_, index) => `3.${index}`);
    await Promise.all(thirty.map((version) => record(account, version)));
    expect(await versions(account)).toEqual(thirty.slice(-20));
  });

  it.each([
    '',
    'latest',
    '1.',
    '1.2.3.4',
    '203.0.113.7',
    '2001:db8::7',
    'v1.2.3',
    '12345',
    '1.123456',
    '1.2.3-beta.1234',
    '1.2.3-nightly',
    '1.2.3 ',
    '1.2.3\n',
    '١.٢',
  ])('refuses the version %j without repeating it: INVALID_APP_VERSION', async (version) => {
    const account = await gateway.account();
    const payload = await record(account, version);
    expect(errorsOf(payload)).toEqual([{ field: 'version', code: 'INVALID_APP_VERSION' }]);
    expect(payload.recorded).toBeNull();
    if (version.length > 5) expect(payload.userErrors[0].message).not.toContain(version);
    expect(await apps(account)).toEqual([]);
  });

  it('takes what the database takes, and no more', async () => {
    const account = await gateway.account();
    for (const version of ['0', '9999.99999.99999-alpha.999', '1.2-rc', '1-beta.0']) {
      expect((await record(account, version)).recorded).toBe(true);
    }
  });

  it('refuses a platform that is not in the list, without repeating it', async () => {
    const { errors } = await call(await gateway.user(), '1.0', 'TOASTER');
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['BAD_USER_INPUT']);
    expect(JSON.stringify(errors)).not.toContain('TOASTER');
  });

  it('keeps nothing of an account that is gone', async () => {
    const { id, token } = await gateway.account();
    await gateway.query('DELETE FROM account WHERE id = $1', [id]);
    const { errors } = await call(token, '1.0');
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['UNAUTHENTICATED']);
  });
});
