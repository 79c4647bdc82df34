import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildOpenSchema } from '../../src/schema/build-schema.js';
import { startTestGateway, type TestGateway } from '../support/gateway.js';

/** Every root field: the least that makes it run, and what each role meets. */
const OPERATIONS: Readonly<Record<string, { call: string; allowed: readonly Role[] }>> = {
  'Query.viewer': { call: 'viewer { account { id } }', allowed: ['user', 'admin'] },
  'Query.allowlist': { call: 'allowlist { totalCount }', allowed: ['admin'] },
  'Query.ageRequirement': {
    call: 'ageRequirement(country: "US") { requiredAge }',
    allowed: ['anonymous', 'user', 'admin'],
  },
  'Query.policy': { call: 'policy { version }', allowed: ['anonymous', 'user', 'admin'] },
  'Query.policyVersions': { call: 'policyVersions { version }', allowed: ['anonymous', 'user', 'admin'] },
  'Query.processors': { call: 'processors { id }', allowed: ['anonymous', 'user', 'admin'] },
  'Query.language': { call: 'language', allowed: ['anonymous', 'user', 'admin'] },
  'Query.channelStatistics': {
    call: 'channelStatistics(from: "2026-01-01", to: "2026-01-31") { visits }',
    allowed: ['admin'],
  },
  'Mutation.setLanguage': {
    call: 'setLanguage(input: { locale: EN }) { userErrors { code } }',
    allowed: ['anonymous', 'user', 'admin'],
  },
  'Mutation.recordVisit': {
    call: 'recordVisit(input: { channel: "", platform: "", analyticsConsent: true }) { counted }',
    allowed: ['anonymous', 'user', 'admin'],
  },
  'Mutation.setConsent': {
    call: 'setConsent(input: { purpose: DIAGNOSTICS, granted: true }) { userErrors { code } }',
    allowed: ['user', 'admin'],
  },
  'Mutation.signUp': {
    call: 'signUp(input: { email: "", password: "" }) { userErrors { code } }',
    allowed: ['anonymous', 'user', 'admin'],
  },
  'Mutation.signIn': {
    call: 'signIn(input: { email: "", password: "" }) { userErrors { code } }',
    allowed: ['anonymous', 'user', 'admin'],
  },
  'Mutation.completeSignIn': {
    call: 'completeSignIn(input: { challenge: "" }) { userErrors { code } }',
    allowed: ['anonymous', 'user', 'admin'],
  },
  'Mutation.stepUp': { call: 'stepUp(input: {}) { userErrors { code } }', allowed: ['user', 'admin'] },
  'Mutation.signOutEverywhere': {
    call: 'signOutEverywhere { userErrors { code } }',
    allowed: ['user', 'admin'],
  },
  'Mutation.signOut': { call: 'signOut { userErrors { code } }', allowed: ['anonymous', 'user', 'admin'] },
  'Mutation.registerCurrentAddress': {
    call: 'registerCurrentAddress(input: {}) { userErrors { code } }',
    allowed: ['user', 'admin'],
  },
  'Mutation.updateAddress': {
    call: 'updateAddress(input: { address: "" }) { userErrors { code } }',
    allowed: ['user', 'admin'],
  },
  'Mutation.removeAddress': {
    call: 'removeAddress(input: { address: "" }) { userErrors { code } }',
    allowed: ['user', 'admin'],
  },
  'Mutation.allowAddress': {
    call: 'allowAddress(input: { prefix: "" }) { userErrors { code } }',
    allowed: ['admin'],
  },
  'Mutation.allowAddresses': {
    call: 'allowAddresses(input: { entries: [] }) { userErrors { code } }',
    allowed: ['admin'],
  },
  'Mutation.removeAllowedAddress': {
    call: 'removeAllowedAddress(input: { prefix: "" }) { userErrors { code } }',
    allowed: ['admin'],
  },
};

const ROLES = ['anonymous', 'user', 'admin'] as const;
type Role = (typeof ROLES)[number];

const schema = buildOpenSchema();
const rootFields = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].flatMap(
  (root) => Object.keys(root?.getFields() ?? {}).map((field) => `${root?.name}.${field}`),
);

describe('permissions', () => {
  let gateway: TestGateway;
  beforeAll(async () => {
    gateway = await startTestGateway();
  });
  afterAll(() => gateway?.stop());

  it('cover every root field of the schema', () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual(rootFields.sort());
  });

  it.each(rootFields.flatMap((field) => ROLES.map((role) => [role, field] as const)))(
    'meet %s, who calls %s',
    async (role, field) => {
      const { call, allowed } = OPERATIONS[field]!;
      const query = field.startsWith('Query.') ? `{ ${call} }` : `mutation { ${call} }`;
      // A session of its own each time: signOut ends it.
      const session = role === 'anonymous' ? {} : { token: await gateway[role]() };
      const { data, errors } = await gateway.call({ query, ...session });
      if (allowed.includes(role)) {
        expect(errors).toBeUndefined();
        return;
      }
      expect(data).toBeNull();
      const code = role === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      expect(errors?.map((error) => error.extensions?.code)).toEqual([code]);
    },
  );

  it('hold for a field that is asked for under another name, or through a fragment', async () => {
    const query =
      'query { mine: viewer { account { id } } ...Q } fragment Q on Query { allowlist { totalCount } }';
    const { data, errors } = await gateway.call({ query });
    expect(data).toBeNull();
    expect(new Set(errors?.map((error) => error.extensions?.code))).toEqual(new Set(['UNAUTHENTICATED']));
  });

  it('are those of the session as it was signed in', async () => {
    const token = await gateway.admin();
    const { data } = await gateway.call({ query: '{ viewer { account { role } } }', token });
    expect(data.viewer.account.role).toBe('ADMIN');
  });
});
