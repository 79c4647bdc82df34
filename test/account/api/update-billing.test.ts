import { describe, expect, it } from 'vitest';
import {
  UpdateBillingProfile,
  type UpdateBillingProfileInput,
  ViewerBillingProfile,
} from '../../../client/index.js';
import { useGateway } from '../../support/fixtures.js';
import { errorsOf } from '../../support/gateway.js';

const LEAST = { name: 'Ada Lovelace', addressLine1: '12 St James’s Square', city: 'London', country: 'GB' };
const EMPTY = {
  addressLine2: null,
  postalCode: null,
  region: null,
  taxNumber: null,
  paymentReference: null,
};

describe('updateBillingProfile', () => {
  const gateway = useGateway();

  const read = async (token: string) =>
    (await gateway.ask(ViewerBillingProfile, {}, { token })).data.viewer.billingProfile;

  async function update(
    token: string,
    input: Partial<UpdateBillingProfileInput> & Pick<UpdateBillingProfileInput, 'version'>,
  ) {
    const variables = { input: { ...LEAST, ...input } };
    const { data, errors } = await gateway.ask(UpdateBillingProfile, variables, { token });
    expect(errors).toBeUndefined();
    return data.updateBillingProfile;
  }

  it('keeps a billing profile, which nobody else sees', async () => {
    const [token, other] = [await gateway.user(), await gateway.user()];
    expect(await read(token)).toBeNull();
    const payload = await update(token, {
      version: 0,
      addressLine2: ' Flat 3 ',
      postalCode: 'SW1Y 4JH',
      region: 'Greater London',
      country: 'gb',
      taxNumber: 'gb 999 9999-73',
      paymentReference: 'cus_NffrFeUfNV2Hib',
    });
    const expected = {
      ...LEAST,
      addressLine2: 'Flat 3',
      postalCode: 'SW1Y 4JH',
      region: 'Greater London',
      country: 'GB',
      taxNumber: 'GB999999973',
      paymentReference: 'cus_NffrFeUfNV2Hib',
      version: 1,
    };
    expect(payload).toEqual({ billingProfile: expected, userErrors: [] });
    expect(await read(token)).toEqual(expected);
    expect(await read(other)).toBeNull();
  });

  it('replaces the whole of it: what is left out is none', async () => {
    const token = await gateway.user();
    await update(token, { version: 0, region: 'Kent', taxNumber: 'GB999999973' });
    const { billingProfile } = await update(token, { version: 1, name: 'Ada King', region: '' });
    expect(billingProfile).toEqual({ ...LEAST, ...EMPTY, name: 'Ada King', version: 2 });
  });

  it.each([-1, 0, 1, 3, 2 ** 31 - 1])(
    'refuses version %i when the profile has another: CONFLICT',
    async (version) => {
      const token = await gateway.user();
      await update(token, { version: 0 });
      await update(token, { version: 1, name: 'Ada King' });
      const payload = await update(token, { version, name: 'Eve' });
      expect(payload.billingProfile).toBeNull();
      expect(errorsOf(payload)).toEqual([{ field: 'version', code: 'CONFLICT' }]);
      expect(await read(token)).toMatchObject({ name: 'Ada King', version: 2 });
    },
  );

  it('refuses a version when there is no profile yet: CONFLICT', async () => {
    const token = await gateway.user();
    expect(errorsOf(await update(token, { version: 1 }))).toEqual([{ field: 'version', code: 'CONFLICT' }]);
    expect(await read(token)).toBeNull();
  });

  it('lets one of several concurrent writers through, the first time and later, and returns an error to the others', async () => {
    const token = await gateway.user();
    for (const version of [0, 1]) {
      const names = ['Ada', 'Ben', 'Cleo', 'Dan'];
      const payloads = await Promise.all(names.map((name) => update(token, { version, name })));
      const won = payloads.filter(({ billingProfile }) => billingProfile !== null);
      expect(won).toHaveLength(1);
      expect(payloads.flatMap(errorsOf)).toEqual(Array(3).fill({ field: 'version', code: 'CONFLICT' }));
      expect(await read(token)).toEqual(won[0]!.billingProfile);
    }
  });

  it.each(['name', 'addressLine1', 'addressLine2', 'postalCode', 'city', 'region'])(
    'refuses a card number, control characters and too long a text in %s',
    async (field) => {
      const token = await gateway.user();
      for (const [text, code] of [
        ['4242424242424242', 'CARD_NUMBER'],
        ['a\u0007', 'INVALID_TEXT'],
        ['a'.repeat(101), 'TEXT_TOO_LONG'],
      ]) {
        expect(errorsOf(await update(token, { version: 0, [field]: text }))).toEqual([{ field, code }]);
      }
      expect(await read(token)).toBeNull();
    },
  );

  it.each(['name', 'addressLine1', 'city'])('refuses a blank %s: TEXT_REQUIRED', async (field) => {
    const payload = await update(await gateway.user(), { version: 0, [field]: ' ' });
    expect(errorsOf(payload)).toEqual([{ field, code: 'TEXT_REQUIRED' }]);
  });

  it.each([
    [{ country: 'XX' }, 'country', 'UNKNOWN_COUNTRY'],
    [{ taxNumber: 'DE1' }, 'taxNumber', 'INVALID_TAX_NUMBER'],
    [{ taxNumber: 'A'.repeat(21) }, 'taxNumber', 'INVALID_TAX_NUMBER'],
    [{ taxNumber: 'DE12345678é' }, 'taxNumber', 'INVALID_TAX_NUMBER'],
    [{ taxNumber: '4242 4242 4242 4242' }, 'taxNumber', 'CARD_NUMBER'],
    [{ paymentReference: 'cus 1' }, 'paymentReference', 'INVALID_REFERENCE'],
    [{ paymentReference: 'a'.repeat(65) }, 'paymentReference', 'INVALID_REFERENCE'],
    [{ paymentReference: '4242-4242-4242-4242' }, 'paymentReference', 'CARD_NUMBER'],
  ])('refuses %j', async (input, field, code) => {
    const payload = await update(await gateway.user(), { version: 0, ...input });
    expect(errorsOf(payload)).toEqual([{ field, code }]);
  });

  it.each(['732 829 320 00074', 'FR 40 303 265 045', 'DE 136 695 976', '12-3456789', 'ATU12345678'])(
    'takes %j for a tax number',
    async (taxNumber) => {
      expect(errorsOf(await update(await gateway.user(), { version: 0, taxNumber }))).toEqual([]);
    },
  );

  it('returns the errors of all fields together', async () => {
    const payload = await update(await gateway.user(), {
      version: 0,
      name: '',
      country: '',
      taxNumber: '?',
      paymentReference: '?',
    });
    expect(errorsOf(payload).map(({ field }) => field)).toEqual([
      'name',
      'country',
      'taxNumber',
      'paymentReference',
    ]);
  });
});
