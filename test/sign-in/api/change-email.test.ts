import { describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf, someSource } from '../../support/gateway.js';
import { makeSession, type TestAccount } from '../../support/people/account.js';
import { linkToken, waitingMails } from '../../support/people/links.js';
import { queryDatabase } from '../../support/stores/postgres.js';

const CHANGE =
  'mutation ($input: ChangeEmailInput!) { changeEmail(input: $input) { userErrors { field code message } } }';
const CONFIRM = `mutation ($input: ConfirmEmailChangeInput!) {
  confirmEmailChange(input: $input) { emailChanged userErrors { field code } }
}`;
const CANCEL = 'mutation { cancelEmailChange { cancelled userErrors { code } } }';
const READ =
  '{ viewer { account { email } pendingEmailChange { newEmail confirmedByCurrentEmail confirmedByNewEmail } } }';

describe('changing the e-mail address', () => {
  const gateway = useGateway();

  const rows = (sql: string, ...values: unknown[]) => queryDatabase(gateway.database.url, sql, values);
  const read = async (account: TestAccount) =>
    (await gateway.call({ query: READ, token: account.token })).data.viewer;

  async function change({ token, fresh }: TestAccount, newEmail: string, source = someSource()) {
    const variables = { input: { newEmail } };
    const answer = await gateway.call({ query: CHANGE, variables, token, headers: fresh, source });
    expect(answer.errors).toBeUndefined();
    return answer;
  }
  async function links({ id }: TestAccount): Promise<{ id: string; old: string; new: string }> {
    const [row] = await rows('SELECT id FROM email_change WHERE account_id = $1', id);
    const token = (side: string) => linkToken('email-change-link', `${row!.id}:${side}`);
    return { id: String(row!.id), old: token('old'), new: token('new') };
  }
  async function confirm(token: string) {
    const { data, errors } = await gateway.call({ query: CONFIRM, variables: { input: { token } } });
    expect(errors).toBeUndefined();
    return data.confirmEmailChange;
  }
  const confirmed = (emailChanged: boolean) => ({ emailChanged, userErrors: [] });
  const invalid = { emailChanged: null, userErrors: [{ field: 'token', code: 'LINK_INVALID' }] };

  it('sends a mail to either side, and changes nothing yet', async () => {
    const anna = await gateway.account({ email: 'anna@example.com' });
    expect((await change(anna, ' Anna@Example.ORG ')).data.changeEmail).toEqual({ userErrors: [] });
    expect(await read(anna)).toEqual({
      account: { email: 'anna@example.com' },
      pendingEmailChange: {
        newEmail: 'anna@example.org',
        confirmedByCurrentEmail: false,
        confirmedByNewEmail: false,
      },
    });
    const { id } = await links(anna);
    expect(await waitingMails(gateway.database.url)).toEqual(
      expect.arrayContaining([
        { template: 'email-change', emailChangeId: id, side: 'old' },
        { template: 'email-change', emailChangeId: id, side: 'new' },
      ]),
    );
  });

  it.each([
    ['old', 'new'],
    ['new', 'old'],
  ] as const)('changes it when the %s side has confirmed and then the %s side', async (first, second) => {
    const [before, after] = [`${first}-first@example.com`, `${first}-first@example.org`];
    const person = await gateway.account({ email: before });
    const elsewhere = await makeSession(gateway.redis.url, person);
    await rows(
      "INSERT INTO password_reset (id, email, expires_on) VALUES (gen_random_uuid(), $1, '2999-01-01')",
      before,
    );
    await change(person, after);
    const token = await links(person);
    expect(await confirm(token[first])).toEqual(confirmed(false));
    expect(await read(person)).toEqual({
      account: { email: before },
      pendingEmailChange: {
        newEmail: after,
        confirmedByCurrentEmail: first === 'old',
        confirmedByNewEmail: first === 'new',
      },
    });
    expect(await confirm(token[first])).toEqual(invalid);
    expect(await confirm(token[second])).toEqual(confirmed(true));
    const changed = { account: { email: after }, pendingEmailChange: null };
    expect(await read(person)).toEqual(changed);
    expect(await read({ ...person, token: elsewhere })).toEqual(changed);
    expect(await confirm(token[second])).toEqual(invalid);
    expect(await rows('SELECT id FROM password_reset WHERE email = $1', before)).toEqual([]);
    expect(await waitingMails(gateway.database.url)).toContainEqual({
      template: 'security-notice',
      accountId: person.id,
      change: 'email-changed',
    });
  });

  it('changes it once when both sides confirm at once', async () => {
    const bert = await gateway.account();
    await change(bert, 'bert@example.org');
    const token = await links(bert);
    const answers = await Promise.all([confirm(token.old), confirm(token.new), confirm(token.new)]);
    expect(answers.filter(({ emailChanged }) => emailChanged)).toHaveLength(1);
    expect(answers.flatMap(errorsOf)).toEqual(invalid.userErrors);
    expect((await read(bert)).account.email).toBe('bert@example.org');
  });

  it('lets a later request take the place of an earlier one, whose links then stop working', async () => {
    const carla = await gateway.account();
    await change(carla, 'carla@example.org');
    const earlier = await links(carla);
    await confirm(earlier.old);
    await change(carla, 'carla@example.net');
    expect(await confirm(earlier.new)).toEqual(invalid);
    expect((await read(carla)).pendingEmailChange).toEqual({
      newEmail: 'carla@example.net',
      confirmedByCurrentEmail: false,
      confirmedByNewEmail: false,
    });
  });

  it('can be cancelled, and then its links stop working', async () => {
    const dora = await gateway.account();
    await change(dora, 'dora@example.org');
    const token = await links(dora);
    const cancel = () => gateway.call({ query: CANCEL, token: dora.token });
    expect((await cancel()).data.cancelEmailChange).toEqual({ cancelled: true, userErrors: [] });
    expect((await cancel()).data.cancelEmailChange).toEqual({ cancelled: false, userErrors: [] });
    expect(await confirm(token.old)).toEqual(invalid);
    expect((await read(dora)).pendingEmailChange).toBeNull();
  });

  it('answers alike for an address that has an account, which neither side can take over', async () => {
    const [emil, known] = [await gateway.account(), await gateway.account({ email: 'known@example.org' })];
    const answer = await change(emil, 'known@example.org');
    const other = await change(await gateway.account(), 'unknown@example.org');
    expect(answer.data).toEqual(other.data);
    expect({ ...answer.headers, date: '' }).toEqual({ ...other.headers, date: '' });
    const token = await links(emil);
    expect(await confirm(token.old)).toEqual(confirmed(false));
    expect(await confirm(token.new)).toEqual(invalid);
    expect(await read(emil)).toEqual({ account: { email: emil.email }, pendingEmailChange: null });
    expect((await read(known)).account.email).toBe('known@example.org');
  });

  it('refuses a link that is false, too old, or for another purpose: LINK_INVALID', async () => {
    const franz = await gateway.account();
    await change(franz, 'franz@example.org');
    const { id, old } = await links(franz);
    for (const token of [
      '',
      `${old}x`,
      linkToken('email-change-link', `${id}:old`, Date.now() - 1000),
      linkToken('email-change-link', id),
      linkToken('email-change-link', `${id}:both`),
      linkToken('sign-up-link', `${id}:old`),
    ]) {
      expect(await confirm(token)).toEqual(invalid);
    }
    await rows('UPDATE email_change SET expires_on = $2 WHERE id = $1', id, dayFromNow(-1));
    expect(await confirm(old)).toEqual(invalid);
    expect((await read(franz)).pendingEmailChange).toBeNull();
  });

  it('refuses what is no e-mail address, and the one that the account has', async () => {
    const gerd = await gateway.account({ email: 'gerd@example.com' });
    for (const [newEmail, code] of [
      ['nobody', 'INVALID_EMAIL'],
      ['GERD@example.com', 'SAME_EMAIL'],
    ] as const) {
      const { changeEmail } = (await change(gerd, newEmail)).data;
      expect(errorsOf(changeEmail)).toEqual([{ field: 'newEmail', code }]);
      expect(changeEmail.userErrors[0].message).not.toContain(newEmail);
    }
    expect((await read(gerd)).pendingEmailChange).toBeNull();
  });

  it('refuses too many mails for one account, and too many to one address: TOO_MANY_ATTEMPTS', async () => {
    const tooMany = [{ field: null, code: 'TOO_MANY_ATTEMPTS' }];
    const hans = await gateway.account();
    for (let count = 0; count < 5; count += 1) await change(hans, `hans${count}@example.org`);
    expect(errorsOf((await change(hans, 'hans@example.org')).data.changeEmail)).toEqual(tooMany);
    for (let count = 0; count < 5; count += 1) await change(await gateway.account(), 'ida@example.org');
    expect(errorsOf((await change(await gateway.account(), 'ida@example.org')).data.changeEmail)).toEqual(
      tooMany,
    );
  });

  it('needs a fresh factor: STEP_UP_REQUIRED', async () => {
    const ina = await gateway.account();
    const variables = { input: { newEmail: 'ina@example.org' } };
    const { errors } = await gateway.call({ query: CHANGE, variables, token: ina.token });
    expect(errors?.[0]?.extensions?.code).toBe('STEP_UP_REQUIRED');
  });
});
