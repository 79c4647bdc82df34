import { beforeAll, describe, expect, it } from 'vitest';
import { monthOf, monthsAfter, today } from '../../src/lib/calendar.js';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';
import { useGateway } from '../support/fixtures.js';
import { freshFactor } from '../support/people/account.js';
import { callAsNode, makeNode, type TestNode } from '../support/people/vpn-node.js';

const SIGNED_IN = ['user', 'support', 'dpo', 'admin'] as const;
const ANYONE = ['anonymous', ...SIGNED_IN] as const;
type Caller = (typeof ANYONE)[number] | 'vpnNode';

interface Operation {
  /** The least that makes it run. */
  readonly call: string;
  readonly allowed: readonly Caller[];
  /** Whether a factor must have been shown minutes ago. */
  readonly fresh?: true;
}

/** A month that is over for long enough, whenever that is asked. */
const LAST_CLOSED_MONTH = monthsAfter(monthOf(today()), -2);

/** Every root field, and whom it lets through. */
const OPERATIONS: Readonly<Record<string, Operation>> = {
  'Query.viewer': { call: 'viewer { account { id } }', allowed: SIGNED_IN },
  'Query.node': { call: 'node(id: "") { id }', allowed: SIGNED_IN },
  'Query.allowlist': { call: 'allowlist { totalCount }', allowed: ['admin'] },
  'Query.ageRequirement': {
    call: 'ageRequirement(country: "US") { requiredAge }',
    allowed: ANYONE,
  },
  'Query.policy': { call: 'policy { version }', allowed: ANYONE },
  'Query.policyVersions': { call: 'policyVersions { version }', allowed: ANYONE },
  'Query.processors': { call: 'processors { id }', allowed: ANYONE },
  'Query.language': { call: 'language', allowed: ANYONE },
  'Query.channelStatistics': {
    call: 'channelStatistics(days: { from: "2026-01-01", to: "2026-01-31" }) { visits }',
    allowed: ['admin'],
  },
  'Query.campaigns': { call: 'campaigns { totalCount }', allowed: ['admin'] },
  'Query.staff': { call: 'staff { totalCount }', allowed: ['dpo', 'admin'] },
  'Mutation.removeStaff': {
    call: 'removeStaff(input: { account: "" }) { userErrors { code } }',
    allowed: ['admin'],
    fresh: true,
  },
  'Mutation.releaseRightsRequest': {
    call: 'releaseRightsRequest(input: { id: "" }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Mutation.appealRightsRequest': {
    call: 'appealRightsRequest(input: { id: "", statement: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.answerAppeal': {
    call: 'answerAppeal(input: { id: "", outcome: UPHELD, answer: "" }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Mutation.assignRightsRequest': {
    call: 'assignRightsRequest(input: { id: "", officerId: "" }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Query.supportUsage': {
    call: 'supportUsage(account: "customer@example.com", caseReference: "1", reason: APP_PROBLEM) { objectsToStatistics }',
    allowed: ['support'],
  },
  'Query.heavyUsers': {
    call: `heavyUsers(month: "${LAST_CLOSED_MONTH}") { accountId }`,
    allowed: ['support'],
  },
  'Query.serviceQuality': {
    call: 'serviceQuality(days: { from: "2026-01-01", to: "2026-01-31" }) { accounts }',
    allowed: ['support', 'admin'],
  },
  'Query.vpnNodes': { call: 'vpnNodes { totalCount }', allowed: ['admin'] },
  'Query.rightsRequest': { call: 'rightsRequest(reference: "") { status }', allowed: ANYONE },
  'Query.rightsRequestToConfirm': { call: 'rightsRequestToConfirm(token: "") { kind }', allowed: ANYONE },
  'Mutation.confirmRightsAgent': {
    call: 'confirmRightsAgent(input: { token: "" }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.submitRightsRequest': {
    call: 'submitRightsRequest(input: { kind: ACCESS, email: "" }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.confirmRightsRequest': {
    call: 'confirmRightsRequest(input: { token: "" }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.sendRightsRequestLink': {
    call: 'sendRightsRequestLink(input: { reference: "" }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.enterRightsRequest': {
    call: 'enterRightsRequest(input: { kind: ACCESS, email: "", channel: LETTER, receivedOn: "2026-01-01" }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Mutation.takeRightsRequest': {
    call: 'takeRightsRequest(input: { id: "" }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Mutation.verifyRightsRequest': {
    call: 'verifyRightsRequest(input: { id: "", verification: RECORDED_CALL }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Mutation.extendRightsRequest': {
    call: 'extendRightsRequest(input: { id: "", reason: COMPLEXITY }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Mutation.fulfilRightsRequest': {
    call: 'fulfilRightsRequest(input: { id: "" }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Mutation.denyRightsRequest': {
    call: 'denyRightsRequest(input: { id: "", reason: EXCESSIVE }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Mutation.liftRestriction': { call: 'liftRestriction { userErrors { code } }', allowed: SIGNED_IN },
  'Mutation.withdrawStatisticsObjection': {
    call: 'withdrawStatisticsObjection { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Query.rightsRequests': { call: 'rightsRequests { totalCount }', allowed: ['dpo'] },
  'Query.drpAgents': { call: 'drpAgents { id }', allowed: ['dpo'] },
  'Mutation.addDrpAgent': {
    call: 'addDrpAgent(input: { id: "", name: "", verifyKey: "", webUrl: "" }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Mutation.revokeDrpAgent': {
    call: 'revokeDrpAgent(input: { id: "" }) { userErrors { code } }',
    allowed: ['dpo'],
  },
  'Mutation.downloadExport': {
    call: 'downloadExport(input: { id: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
    fresh: true,
  },
  'Mutation.withdrawRightsRequest': {
    call: 'withdrawRightsRequest(input: { reference: "" }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.setLanguage': {
    call: 'setLanguage(input: { locale: EN }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.recordVisit': {
    call: 'recordVisit(input: { channel: "", platform: "", analyticsConsent: true }) { counted }',
    allowed: ANYONE,
  },
  'Mutation.setConsent': {
    call: 'setConsent(input: { purpose: DIAGNOSTICS, granted: true }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.signUp': {
    call: 'signUp(input: { email: "", password: "", country: "", attestedAge: 0 }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.signIn': {
    call: 'signIn(input: { email: "", password: "" }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.completeSignIn': {
    call: 'completeSignIn(input: { challengeToken: "", factor: { totpCode: "" } }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.stepUp': { call: 'stepUp(input: { password: "" }) { userErrors { code } }', allowed: SIGNED_IN },
  'Mutation.startPasskeySignIn': {
    call: 'startPasskeySignIn { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.signInWithPasskey': {
    call: 'signInWithPasskey(input: { response: {} }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.startTotp': { call: 'startTotp { userErrors { code } }', allowed: SIGNED_IN, fresh: true },
  'Mutation.confirmTotp': {
    call: 'confirmTotp(input: { code: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
    fresh: true,
  },
  'Mutation.disableTotp': {
    call: 'disableTotp(input: {}) { userErrors { code } }',
    allowed: SIGNED_IN,
    fresh: true,
  },
  'Mutation.startPasskeyRegistration': {
    call: 'startPasskeyRegistration { userErrors { code } }',
    allowed: SIGNED_IN,
    fresh: true,
  },
  'Mutation.registerPasskey': {
    call: 'registerPasskey(input: { response: {} }) { userErrors { code } }',
    allowed: SIGNED_IN,
    fresh: true,
  },
  'Mutation.removePasskey': {
    call: 'removePasskey(input: { id: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
    fresh: true,
  },
  'Mutation.rotateRecoveryCodes': {
    call: 'rotateRecoveryCodes { userErrors { code } }',
    allowed: SIGNED_IN,
    fresh: true,
  },
  'Mutation.signOutEverywhere': {
    call: 'signOutEverywhere { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.signOut': { call: 'signOut { userErrors { code } }', allowed: ANYONE },
  'Mutation.confirmSignUp': {
    call: 'confirmSignUp(input: { token: "", password: "" }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.requestPasswordReset': {
    call: 'requestPasswordReset(input: { email: "" }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.resetPassword': {
    call: 'resetPassword(input: { token: "", newPassword: "" }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.confirmEmailChange': {
    call: 'confirmEmailChange(input: { token: "" }) { userErrors { code } }',
    allowed: ANYONE,
  },
  'Mutation.updateProfile': {
    call: 'updateProfile(input: { version: 1 }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.updateBillingProfile': {
    call: 'updateBillingProfile(input: { version: 0, name: "", addressLine1: "", city: "", country: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.changeEmail': {
    call: 'changeEmail(input: { newEmail: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
    fresh: true,
  },
  'Mutation.cancelEmailChange': {
    call: 'cancelEmailChange { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.changePassword': {
    call: 'changePassword(input: { newPassword: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
    fresh: true,
  },
  'Mutation.closeAccount': { call: 'closeAccount { userErrors { code } }', allowed: SIGNED_IN, fresh: true },
  'Mutation.reportMinor': {
    call: 'reportMinor(input: { account: "", caseReference: "1" }) { userErrors { code } }',
    allowed: ['support', 'dpo'],
    fresh: true,
  },
  'Mutation.withdrawMinorReport': {
    call: 'withdrawMinorReport(input: { account: "" }) { userErrors { code } }',
    allowed: ['support', 'dpo'],
    fresh: true,
  },
  'Mutation.sendReceipt': {
    call: 'sendReceipt(input: { account: "", reference: "", amount: 0, currency: "", paidOn: "2026-01-01" }) { userErrors { code } }',
    allowed: ['support', 'admin'],
  },
  'Mutation.createCampaign': {
    call: 'createCampaign(input: { name: "", texts: [] }) { userErrors { code } }',
    allowed: ['admin'],
  },
  'Mutation.sendCampaign': {
    call: 'sendCampaign(input: { id: "" }) { userErrors { code } }',
    allowed: ['admin'],
    fresh: true,
  },
  'Mutation.recordApp': {
    call: 'recordApp(input: { platform: LINUX, version: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.rotateUsageHandle': {
    call: 'rotateUsageHandle { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.registerNetwork': {
    call: 'registerNetwork(input: { name: "Home" }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.updateNetwork': {
    call: 'updateNetwork(input: { networkId: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.moveNetwork': {
    call: 'moveNetwork(input: { networkId: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.removeNetworkAddress': {
    call: 'removeNetworkAddress(input: { networkId: "", family: IPV4 }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.removeNetwork': {
    call: 'removeNetwork(input: { networkId: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.rotateNetworkToken': {
    call: 'rotateNetworkToken(input: { networkId: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.revokeNetworkToken': {
    call: 'revokeNetworkToken(input: { networkId: "" }) { userErrors { code } }',
    allowed: SIGNED_IN,
  },
  'Mutation.allowAddress': {
    call: 'allowAddress(input: { prefix: "" }) { userErrors { code } }',
    allowed: ['admin'],
  },
  'Mutation.allowAddresses': {
    call: 'allowAddresses(input: { entries: [] }) { userErrors { code } }',
    allowed: ['admin'],
  },
  'Mutation.removeAllowedAddresses': {
    call: 'removeAllowedAddresses(input: { label: "" }) { userErrors { code } }',
    allowed: ['admin'],
  },
  'Mutation.removeAllowedAddress': {
    call: 'removeAllowedAddress(input: { prefix: "" }) { userErrors { code } }',
    allowed: ['admin'],
  },
  'Mutation.addVpnNode': {
    call: 'addVpnNode(input: { name: "", locationId: "" }) { userErrors { code } }',
    allowed: ['admin'],
  },
  'Mutation.rotateVpnNodeToken': {
    call: 'rotateVpnNodeToken(input: { id: "" }) { userErrors { code } }',
    allowed: ['admin'],
  },
  'Mutation.revokeVpnNode': {
    call: 'revokeVpnNode(input: { id: "" }) { userErrors { code } }',
    allowed: ['admin'],
  },
  'Mutation.recordUsage': {
    call: 'recordUsage(input: { day: "2026-01-01", rows: [] }) { userErrors { code } }',
    allowed: ['vpnNode'],
  },
};

function documentOf(field: string, call: string): string {
  return field.startsWith('Query.') ? `{ ${call} }` : `mutation { ${call} }`;
}

const schema = buildOpenSchema();
/** Those of Subscription are watched, in live.test.ts. */
const rootFields = [schema.getQueryType(), schema.getMutationType()].flatMap((root) =>
  Object.keys(root?.getFields() ?? {}).map((field) => `${root?.name}.${field}`),
);

describe('permissions', () => {
  const gateway = useGateway();
  let node: TestNode;
  beforeAll(async () => {
    await gateway.account({ email: 'customer@example.com' });
    node = await makeNode(gateway);
  });

  it('cover every root field of the schema', () => {
    expect(Object.keys(OPERATIONS).sort()).toEqual(rootFields.sort());
  });

  it.each(rootFields.flatMap((field) => ANYONE.map((role) => [role, field] as const)))(
    'meet %s, who calls %s',
    async (role, field) => {
      const { call, allowed, fresh } = OPERATIONS[field]!;
      const query = documentOf(field, call);
      // An account of its own each time: signOut ends its session.
      const token = role === 'anonymous' ? undefined : await gateway[role]();
      const session = token === undefined ? {} : { token };
      if (fresh && token !== undefined && allowed.includes(role)) {
        const { errors } = await gateway.call({ query, token });
        expect(errors?.map((error) => error.extensions?.code)).toEqual(['STEP_UP_REQUIRED']);
      }
      const headers = fresh && token !== undefined ? freshFactor(token) : {};
      const { data, errors } = await gateway.call({ query, ...session, headers });
      if (allowed.includes(role)) {
        expect(errors).toBeUndefined();
        return;
      }
      expect(Object.values(data ?? {})).not.toContainEqual(expect.anything());
      const code = role === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN';
      expect(errors?.map((error) => error.extensions?.code)).toEqual([code]);
    },
  );

  it.each(rootFields)('meet a VPN node at its own endpoint, which calls %s', async (field) => {
    const { call, allowed } = OPERATIONS[field]!;
    const { data, errors } = await callAsNode(gateway, {
      query: documentOf(field, call),
      token: node.token,
    });
    if (allowed.includes('vpnNode')) {
      expect(errors).toBeUndefined();
      return;
    }
    expect(Object.values(data ?? {})).not.toContainEqual(expect.anything());
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['FORBIDDEN']);
  });

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
