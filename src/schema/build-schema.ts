// The whole schema as clients see it: all types and resolvers. src/graphql/guards puts the rules of permissions.ts before it.
import 'reflect-metadata';
import { GraphQLError, GraphQLID, type GraphQLSchema, GraphQLString, isAbstractType } from 'graphql';
import { buildSchemaSync } from 'type-graphql';
import { AccountResolver, ViewerResolver } from '../resolvers/account/account.js';
import { AgeResolver } from '../resolvers/account/age.js';
import { LanguageResolver } from '../resolvers/account/language.js';
import { ProfileResolver } from '../resolvers/account/profile.js';
import { ReceiptResolver } from '../resolvers/account/receipt.js';
import { ConsentResolver, ViewerConsentResolver } from '../resolvers/consent/consent.js';
import { ErasureResolver, ViewerMinorReportResolver } from '../resolvers/erasure/erasure.js';
import { LiveResolver } from '../resolvers/live/live.js';
import { CampaignResolver } from '../resolvers/marketing/campaign.js';
import { ChannelResolver } from '../resolvers/marketing/channel.js';
import { AllowlistResolver } from '../resolvers/media-streamer/allowlist.js';
import {
  MediaStreamerResolver,
  ViewerMediaStreamerResolver,
} from '../resolvers/media-streamer/media-streamer.js';
import { NodeResolver } from '../resolvers/node.js';
import { PolicyResolver, ViewerPolicyResolver } from '../resolvers/policy/policy.js';
import { OptOutResolver, ProcessorResolver } from '../resolvers/policy/processor.js';
import { CaseQueueResolver } from '../resolvers/rights/case-queue.js';
import { DrpAgentResolver } from '../resolvers/rights/drp-agents.js';
import { RightsExportResolver } from '../resolvers/rights/rights-export.js';
import { RightsRequestResolver, ViewerRightsRequestResolver } from '../resolvers/rights/rights-request.js';
import { EmailChangeResolver, ViewerEmailChangeResolver } from '../resolvers/sign-in/email-change.js';
import { PasskeyResolver } from '../resolvers/sign-in/passkey.js';
import { PasswordResolver } from '../resolvers/sign-in/password.js';
import { SecondFactorResolver, ViewerSecondFactorResolver } from '../resolvers/sign-in/second-factors.js';
import { SessionResolver } from '../resolvers/sign-in/session.js';
import { SignUpResolver } from '../resolvers/sign-in/sign-up.js';
import { TotpResolver } from '../resolvers/sign-in/totp.js';
import { StaffResolver } from '../resolvers/staff/staff.js';
import { ViewerStaffAccessResolver } from '../resolvers/staff/staff-access.js';
import { SupportUsageResolver } from '../resolvers/staff/support-usage.js';
import { AppResolver, ViewerAppResolver } from '../resolvers/usage/app.js';
import { ServiceQualityResolver } from '../resolvers/usage/service-quality.js';
import { UsageResolver, ViewerUsageResolver } from '../resolvers/usage/usage.js';
import { VpnNodeResolver } from '../resolvers/usage/vpn-nodes.js';
import { markOneOf } from './one-of.js';

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
  throw new GraphQLError('A text holds no NUL (U+0000).', { extensions: { code: 'BAD_USER_INPUT' } });
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
