import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import type { TestAccount } from '../../support/people/account.js';
import { waitingMails } from '../../support/people/links.js';
import { enrolTotp } from '../../support/people/second-factors.js';

const RENEW = 'mutation { rotateRecoveryCodes { recoveryCodes userErrors { field code } } }';
const STEP_UP =
  'mutation ($code: String!) { stepUp(input: { recoveryCode: $code }) { userErrors { field code } } }';

describe('rotateRecoveryCodes', () => {
  const gateway = useGateway();

  const renew = ({ token, fresh: headers }: TestAccount) => gateway.call({ query: RENEW, token, headers });
  const show = async ({ token }: TestAccount, code: string) =>
    errorsOf((await gateway.call({ query: STEP_UP, variables: { code }, token })).data.stepUp);

  it('gives ten new codes, which are good, and makes those of before worthless', async () => {
    const anna = await gateway.account();
    const { recoveryCodes: old } = await enrolTotp(gateway, anna);
    const { recoveryCodes, userErrors } = (await renew(anna)).data.rotateRecoveryCodes;
    expect(userErrors).toEqual([]);
    expect(recoveryCodes).toHaveLength(10);
    expect(await show(anna, old[0]!)).toEqual([{ field: null, code: 'SECOND_FACTOR_WRONG' }]);
    expect(await show(anna, recoveryCodes[0])).toEqual([]);
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'security-notice',
      accountId: anna.id,
      change: 'recovery-codes-renewed',
    });
  });

  it('leaves the codes of the last of many that renew at the same time', async () => {
    const anna = await gateway.account();
    await enrolTotp(gateway, anna);
    const answers = await Promise.all([renew(anna), renew(anna), renew(anna)]);
    expect(await gateway.query('SELECT FROM recovery_code WHERE account_id = $1', [anna.id])).toHaveLength(
      10,
    );
    const good = [];
    for (const { data } of answers) {
      good.push((await show(anna, data.rotateRecoveryCodes.recoveryCodes[0])).length === 0);
    }
    expect(good.filter(Boolean)).toHaveLength(1);
  });

  it('refuses an account without a second factor with NO_SECOND_FACTOR: codes do not stand alone', async () => {
    const anna = await gateway.account();
    const { data } = await renew(anna);
    expect(data.rotateRecoveryCodes.recoveryCodes).toBeNull();
    expect(errorsOf(data.rotateRecoveryCodes)).toEqual([{ field: null, code: 'NO_SECOND_FACTOR' }]);
  });

  it('answers UNAUTHENTICATED when the account is gone', async () => {
    const anna = await gateway.account();
    await gateway.query('DELETE FROM account WHERE id = $1', [anna.id]);
    expect((await renew(anna)).errors?.[0]?.extensions?.code).toBe('UNAUTHENTICATED');
  });
});
