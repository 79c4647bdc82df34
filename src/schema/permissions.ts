// Who may call each operation, in one place. What is not listed is denied; whose data it is, services decide.
import { createRequire } from 'node:module';
import type { GraphQLError } from 'graphql';
import type { IRules } from 'graphql-shield';
import type { Role } from '../entities/account/account.js';
import type { Context } from '../graphql/context.js';
import { forbidden, secondFactorRequired, stepUpRequired, unauthenticated } from '../graphql/errors.js';

// graphql-shield's ESM build imports `isUndefined` from node:util, which Node 23 removed; its CommonJS build runs.
const { deny, rule, shield } = createRequire(import.meta.url)(
  'graphql-shield',
) as typeof import('graphql-shield');

/** What people may. A VPN node is nobody, and is not even what anyone is. */
function people(name: string, check: (context: Context) => true | GraphQLError) {
  return rule(name, { cache: 'no_cache' })((_parent, _args, context: Context) =>
    context.node === null ? check(context) : forbidden(),
  );
}

const anyone = people('anyone', () => true);

const signedIn = people('signedIn', ({ session }) => session !== null || unauthenticated());

/** Signed in, and a factor shown minutes ago. */
const freshFactor = people('freshFactor', ({ session, hasFreshFactor }) => {
  if (session === null) return unauthenticated();
  return hasFreshFactor || stepUpRequired();
});

/** Staff cannot act without a second factor. */
function staff(...roles: readonly Role[]) {
  return people(`staff: ${roles.join(', ')}`, (context) => staffOnly(roles, context));
}

/** Staff who have shown a factor minutes ago: for what cannot be taken back, or reaches many. */
function freshStaff(...roles: readonly Role[]) {
  return people(`staff with a fresh factor: ${roles.join(', ')}`, (context) => {
    const allowed = staffOnly(roles, context);
    return allowed !== true || context.hasFreshFactor ? allowed : stepUpRequired();
  });
}

function staffOnly(roles: readonly Role[], { session }: Context): true | GraphQLError {
  if (session === null) return unauthenticated();
  if (!roles.includes(session.role)) return forbidden(roles);
  return session.secondFactor || secondFactorRequired();
}

const vpnNode = rule('vpnNode', { cache: 'no_cache' })((_parent, _args, { node, session }: Context) => {
  if (node !== null) return true;
  return session === null ? unauthenticated() : forbidden();
});

const admin = staff('admin');
const dpo = staff('dpo');
const adminOrDpo = staff('admin', 'dpo');
const freshAdmin = freshStaff('admin');
const support = staff('support');
const supportOrAdmin = staff('support', 'admin');
const freshSupportOrDpo = freshStaff('support', 'dpo');

export const operations = {
  Query: {
    viewer: signedIn,
    node: signedIn,
    allowlist: admin,
    ageRequirement: anyone,
    policy: anyone,
    policyVersions: anyone,
    processors: anyone,
    language: anyone,
    channelStatistics: admin,

    campaigns: admin,

    vpnNodes: admin,
    staff: adminOrDpo,
    supportUsage: support,
    heavyUsers: support,
    serviceQuality: supportOrAdmin,
    rightsRequest: anyone,
    rightsRequestToConfirm: anyone,
    rightsRequests: dpo,
    drpAgents: dpo,
  },
  Mutation: {
    signUp: anyone,
    confirmSignUp: anyone,
    requestPasswordReset: anyone,
    resetPassword: anyone,
    confirmEmailChange: anyone,
    signIn: anyone,
    completeSignIn: anyone,
    stepUp: signedIn,
    startPasskeySignIn: anyone,
    signInWithPasskey: anyone,
    startTotp: freshFactor,
    confirmTotp: freshFactor,
    disableTotp: freshFactor,
    startPasskeyRegistration: freshFactor,
    registerPasskey: freshFactor,
    removePasskey: freshFactor,
    rotateRecoveryCodes: freshFactor,
    signOut: anyone,
    signOutEverywhere: signedIn,
    setLanguage: anyone,
    recordVisit: anyone,
    setConsent: signedIn,
    updateProfile: signedIn,
    updateBillingProfile: signedIn,
    changeEmail: freshFactor,
    cancelEmailChange: signedIn,
    changePassword: freshFactor,
    closeAccount: freshFactor,
    reportMinor: freshSupportOrDpo,
    withdrawMinorReport: freshSupportOrDpo,
    removeStaff: freshAdmin,
    sendReceipt: supportOrAdmin,
    createCampaign: admin,
    sendCampaign: freshAdmin,
    submitRightsRequest: anyone,
    confirmRightsRequest: anyone,
    confirmRightsAgent: anyone,
    sendRightsRequestLink: anyone,
    withdrawRightsRequest: anyone,
    downloadExport: freshFactor,
    liftRestriction: signedIn,
    withdrawStatisticsObjection: signedIn,
    enterRightsRequest: dpo,
    takeRightsRequest: dpo,
    releaseRightsRequest: dpo,
    assignRightsRequest: dpo,
    verifyRightsRequest: dpo,
    extendRightsRequest: dpo,
    fulfilRightsRequest: dpo,
    denyRightsRequest: dpo,
    answerAppeal: dpo,
    appealRightsRequest: signedIn,
    addDrpAgent: dpo,
    revokeDrpAgent: dpo,
    recordApp: signedIn,
    rotateUsageHandle: signedIn,
    registerNetwork: signedIn,
    updateNetwork: signedIn,
    moveNetwork: signedIn,
    removeNetworkAddress: signedIn,
    removeNetwork: signedIn,
    rotateNetworkToken: signedIn,
    revokeNetworkToken: signedIn,
    allowAddress: admin,
    allowAddresses: admin,
    removeAllowedAddress: admin,
    removeAllowedAddresses: admin,
    addVpnNode: admin,
    rotateVpnNodeToken: admin,
    revokeVpnNode: admin,
    recordUsage: vpnNode,
  },
  Subscription: {
    networksChanged: signedIn,
    rightsRequestChanged: signedIn,
  },
} satisfies IRules;

/** The rules as a generator of middleware. Errors that resolvers throw pass through; they are masked elsewhere. */
export const permissions = shield(operations, {
  fallbackRule: deny,
  fallbackError: forbidden(),
  allowExternalErrors: true,
});
