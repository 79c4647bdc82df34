// A client with too many attempts is refused before its input is read: an invalid input is not even reported as invalid.
import { describe, expect, it } from 'vitest';
import { useGateway } from '../support/fixtures.js';
import { errorsOf, someSource } from '../support/gateway.js';

const gateway = useGateway();

const TOO_MANY = { field: null, code: 'TOO_MANY_ATTEMPTS' };
const CARD = '4111 1111 1111 1111';

/** Each with an input whose strings are all invalid, the number of attempts, and whether they count by source or by account. */
const OPERATIONS: readonly {
  readonly name: string;
  readonly type: string;
  readonly input: object;
  readonly tries: number;
  readonly signedIn?: true;
}[] = [
  {
    name: 'signUp',
    type: 'SignUpInput',
    input: { email: 'none', password: '', name: CARD, locale: 'EN', country: '-', attestedAge: 0 },
    tries: 20,
  },
  { name: 'requestPasswordReset', type: 'RequestPasswordResetInput', input: { email: 'none' }, tries: 20 },
  {
    name: 'submitRightsRequest',
    type: 'SubmitRightsRequestInput',
    input: { kind: 'COMPLAINT', email: 'none', statement: CARD, agent: { name: CARD, email: 'none' } },
    tries: 20,
  },
  {
    name: 'submitRightsRequest',
    type: 'SubmitRightsRequestInput',
    input: { kind: 'COMPLAINT', statement: CARD },
    tries: 10,
    signedIn: true,
  },
  { name: 'changeEmail', type: 'ChangeEmailInput', input: { newEmail: 'none' }, tries: 5, signedIn: true },
];

describe('a client with too many attempts', () => {
  it.each(OPERATIONS)(
    'is refused before the input of $name is looked at (signed in: $signedIn)',
    async (each) => {
      const { name, type, input, tries, signedIn = false } = each;
      const owner = signedIn ? await gateway.account() : null;
      const source = someSource();
      const query = `mutation ($input: ${type}!) { ${name}(input: $input) { userErrors { field code } } }`;
      const ask = async () => {
        const { data } = await gateway.call({
          query,
          variables: { input },
          source,
          ...(owner !== null && { token: owner.token, headers: owner.fresh }),
        });
        return errorsOf(data[name]);
      };
      for (let index = 0; index < tries; index += 1) expect(await ask()).not.toContainEqual(TOO_MANY);
      expect(await ask()).toEqual([TOO_MANY]);
    },
  );
});
