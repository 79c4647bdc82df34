import { describe, expect, it } from 'vitest';
import { UpdateProfile, type UpdateProfileInput, ViewerAccount } from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';
import { queryDatabase } from '../../support/stores/postgres.js';

describe('updateProfile', () => {
  const gateway = useGateway();

  const newcomer = () => gateway.account({ country: 'DE' }).then(({ token }) => token);
  const read = async (token: string) => (await gateway.ask(ViewerAccount, {}, { token })).data.viewer.account;

  async function update(token: string, input: UpdateProfileInput) {
    const { data, errors } = await gateway.ask(UpdateProfile, { input }, { token });
    expect(errors).toBeUndefined();
    return data.updateProfile;
  }

  it.each<[string, Partial<UpdateProfileInput>, object]>([
    ['the name', { name: ' Ada ' }, { name: 'Ada' }],
    ['the language', { locale: 'ES' }, { locale: 'ES' }],
    ['the country', { country: 'at' }, { country: 'AT' }],
    ['nothing', {}, {}],
    ['nothing for null', { locale: null, country: null, attestedAge: null }, {}],
  ])('changes %s, leaves the rest, and counts', async (_what, patch, changed) => {
    const token = await newcomer();
    const expected = { name: null, locale: 'EN', country: 'DE', version: 2, ...changed };
    const payload = await update(token, { version: 1, ...patch });
    expect(payload).toMatchObject({ account: expected, userErrors: [] });
    expect(await read(token)).toEqual(payload.account);
  });

  it.each([null, '', ' '])('takes the name away with %j', async (name) => {
    const token = await newcomer();
    await update(token, { version: 1, name: 'Ada' });
    expect((await update(token, { version: 2, name })).account?.name).toBeNull();
  });

  it.each([-1, 0, 1, 3, 2 ** 31 - 1])(
    'refuses version %i when the profile has another: CONFLICT',
    async (version) => {
      const token = await newcomer();
      await update(token, { version: 1, name: 'Ada' });
      const payload = await update(token, { version, name: 'Eve' });
      expect(payload.account).toBeNull();
      expect(errorsOf(payload)).toEqual([{ field: 'version', code: 'CONFLICT' }]);
      expect(await read(token)).toMatchObject({ name: 'Ada', version: 2 });
    },
  );

  it('lets one of several concurrent writers through, and returns an error to the others', async () => {
    const token = await newcomer();
    const names = ['Ada', 'Ben', 'Cleo', 'Dan'];
    const payloads = await Promise.all(names.map((name) => update(token, { version: 1, name })));
    const won = payloads.filter(({ account }) => account !== null);
    expect(won).toHaveLength(1);
    expect(payloads.flatMap(errorsOf)).toEqual(Array(3).fill({ field: 'version', code: 'CONFLICT' }));
    expect(await read(token)).toEqual(won[0]!.account);
  });

  it('asks for the age when the new country needs a greater one than the last: AGE_TOO_LOW', async () => {
    const token = await newcomer();
    const tooLow = [{ field: 'attestedAge', code: 'AGE_TOO_LOW' }];
    expect(errorsOf(await update(token, { version: 1, country: 'TH' }))).toEqual(tooLow);
    expect(errorsOf(await update(token, { version: 1, country: 'TH', attestedAge: 19 }))).toEqual(tooLow);
    expect(errorsOf(await update(token, { version: 1, country: 'TH', attestedAge: 20 }))).toEqual([]);
    expect(errorsOf(await update(token, { version: 2, country: 'DE' }))).toEqual([]);
  });

  it('asks for the state where the age differs by it, and for the age where that state needs a greater one', async () => {
    const token = await newcomer();
    const move = async (patch: Partial<UpdateProfileInput>) =>
      errorsOf(await update(token, { version: 1, country: 'US', ...patch }));
    expect(await move({})).toEqual([{ field: 'subdivision', code: 'SUBDIVISION_NEEDED' }]);
    expect(await move({ subdivision: 'ZZ' })).toEqual([
      { field: 'subdivision', code: 'UNKNOWN_SUBDIVISION' },
    ]);
    expect(await move({ subdivision: 'MS' })).toEqual([{ field: 'attestedAge', code: 'AGE_TOO_LOW' }]);
    expect(await move({ subdivision: 'MS', attestedAge: 20 })).toEqual([
      { field: 'attestedAge', code: 'AGE_TOO_LOW' },
    ]);
    expect(await move({ subdivision: 'ca' })).toEqual([]);
  });

  it('takes a move out of a country by the least age of its states: which one it was is not stored', async () => {
    const token = await newcomer();
    const move = async (version: number, patch: Partial<UpdateProfileInput>) =>
      errorsOf(await update(token, { version, ...patch }));
    expect(await move(1, { country: 'US', subdivision: 'CA' })).toEqual([]);
    expect(await move(2, { country: 'TH' })).toEqual([{ field: 'attestedAge', code: 'AGE_TOO_LOW' }]);
    expect(await move(2, { country: 'US', subdivision: 'MS' })).toEqual([
      { field: 'attestedAge', code: 'AGE_TOO_LOW' },
    ]);
    // A form that sends the country as it is moves nobody.
    expect(await move(2, { country: 'US', name: 'Ada' })).toEqual([]);
    expect(await move(3, { country: 'DE' })).toEqual([]);
  });

  it('asks for the age when no country was known', async () => {
    const { token, id } = await gateway.account();
    await queryDatabase(gateway.database.url, 'UPDATE account SET country = NULL WHERE id = $1', [id]);
    expect(errorsOf(await update(token, { version: 1, country: 'DE' }))).toEqual([
      { field: 'attestedAge', code: 'AGE_TOO_LOW' },
    ]);
    expect(errorsOf(await update(token, { version: 1, country: 'DE', attestedAge: 18 }))).toEqual([]);
  });

  it.each([
    [{ country: 'XX' }, 'country', 'UNKNOWN_COUNTRY'],
    [{ name: 'a'.repeat(101) }, 'name', 'TEXT_TOO_LONG'],
    [{ name: 'A\nda' }, 'name', 'INVALID_TEXT'],
    [{ name: 'Ada 5555 5555 5555 4444' }, 'name', 'CARD_NUMBER'],
  ])('refuses %j, and changes nothing', async (patch, field, code) => {
    const token = await newcomer();
    expect(errorsOf(await update(token, { version: 1, locale: 'DE', ...patch }))).toEqual([{ field, code }]);
    expect(await read(token)).toMatchObject({ locale: 'EN', version: 1 });
  });
});
