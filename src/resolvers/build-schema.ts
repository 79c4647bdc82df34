// The whole schema as clients see it: all types and resolvers. src/graphql/guards puts the rules of permissions.ts before it.
import 'reflect-metadata';
import { GraphQLError, GraphQLID, type GraphQLSchema, GraphQLString, isAbstractType } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { markOneOf } from '../schema/one-of.js';
import { AccountResolver, ViewerResolver } from './account/account.js';
import { AgeResolver } from './account/age.js';
import { LanguageResolver } from './account/language.js';
import { ProfileResolver } from './account/profile.js';
import { ReceiptResolver } from './account/receipt.js';
import { ConsentResolver, ViewerConsentResolver } from './consent/consent.js';
import { ErasureResolver, ViewerMinorReportResolver } from './erasure/erasure.js';
import { LiveResolver } from './live/live.js';
import { CampaignResolver } from './marketing/campaign.js';
import { ChannelResolver } from './marketing/channel.js';
import { AllowlistResolver } from './media-streamer/allowlist.js';
import { MediaStreamerResolver, ViewerMediaStreamerResolver } from './media-streamer/media-streamer.js';
import { NetworkResolver } from './media-streamer/networks.js';
import { NodeResolver } from './node.js';
import { PolicyResolver, ViewerPolicyResolver } from './policy/policy.js';
import { OptOutResolver, ProcessorResolver } from './policy/processor.js';
import { CaseQueueResolver } from './rights/case-queue.js';
import { DrpAgentResolver } from './rights/drp-agents.js';
import { RightsExportResolver } from './rights/rights-export.js';
import { RightsRequestResolver, ViewerRightsRequestResolver } from './rights/rights-request.js';
import { EmailChangeResolver, ViewerEmailChangeResolver } from './sign-in/email-change.js';
import { PasskeyResolver } from './sign-in/passkey.js';
import { PasswordResolver } from './sign-in/password.js';
import { SecondFactorResolver, ViewerSecondFactorResolver } from './sign-in/second-factors.js';
import { SessionResolver } from './sign-in/session.js';
import { SignUpResolver } from './sign-in/sign-up.js';
import { TotpResolver } from './sign-in/totp.js';
import { StaffResolver } from './staff/staff.js';
import { ViewerStaffAccessResolver } from './staff/staff-access.js';
import { SupportUsageResolver } from './staff/support-usage.js';
import { AppResolver, ViewerAppResolver } from './usage/app.js';
import { ServiceQualityResolver } from './usage/service-quality.js';
import { UsageResolver, ViewerUsageResolver } from './usage/usage.js';
import { VpnNodeResolver } from './usage/vpn-nodes.js';

/** No subscription has a topic: each brings what it waits for. */
const noTopics = {
  publish(): never {
    throw new Error('there are no topics');
  },
  subscribe(): never {
    throw new Error('there are no topics');
  },
};

/** Postgres takes no NUL in a text, and nobody types one. */
function refuseNul(value: string): string {
  if (!value.includes('\0')) return value;
  throw new GraphQLError('A string must not contain NUL (U+0000).', {
    extensions: { code: 'BAD_USER_INPUT' },
  });
}

/** Of the library, whose types all schemas of the process share. */
const TEXTS = [GraphQLString, GraphQLID].map((type) => {
  const { parseValue, parseLiteral } = type;
  return { type, parseValue, parseLiteral };
});

/** Of texts and ids, wherever they come from: literals and variables, over every transport. */
function refuseNulInTexts(): void {
  for (const { type, parseValue, parseLiteral } of TEXTS) {
    type.parseValue = (value) => refuseNul(parseValue(value));
    type.parseLiteral = (node, variables) => refuseNul(parseLiteral(node, variables));
  }
}

/** The schema as clients see it, without guards. */
export function buildOpenSchema(): GraphQLSchema {
  refuseNulInTexts();
  const schema = buildSchemaSync({
    resolvers: [
      AccountResolver,
      ViewerResolver,
      SessionResolver,
      TotpResolver,
      PasskeyResolver,
      SecondFactorResolver,
      ViewerSecondFactorResolver,
      MediaStreamerResolver,
      NetworkResolver,
      ViewerMediaStreamerResolver,
      AllowlistResolver,
      AgeResolver,
      PolicyResolver,
      ViewerPolicyResolver,
      ProcessorResolver,
      OptOutResolver,
      ConsentResolver,
      ViewerConsentResolver,
      LanguageResolver,
      ChannelResolver,
      SignUpResolver,
      ProfileResolver,
      EmailChangeResolver,
      ViewerEmailChangeResolver,
      PasswordResolver,
      ErasureResolver,
      ViewerMinorReportResolver,
      ReceiptResolver,
      CampaignResolver,
      UsageResolver,
      ViewerUsageResolver,
      AppResolver,
      ViewerAppResolver,
      VpnNodeResolver,
      SupportUsageResolver,
      StaffResolver,
      ViewerStaffAccessResolver,
      ServiceQualityResolver,
      RightsRequestResolver,
      ViewerRightsRequestResolver,
      RightsExportResolver,
      CaseQueueResolver,
      DrpAgentResolver,
      LiveResolver,
      NodeResolver,
    ],
    validate: false,
    pubSub: noTopics,
  });
  markOneOf(schema);
  // type-graphql's own functions return promises, which graphql-jit does not wait for.
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type)) type.resolveType = ({ __typename }: { __typename: string }) => __typename;
  }
  return schema;
}
