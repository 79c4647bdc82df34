// The whole schema: types and resolvers, guarded by the permissions, with failures reported where they happen.
import 'reflect-metadata';
import {
  GraphQLError,
  type GraphQLFieldResolver,
  GraphQLID,
  type GraphQLSchema,
  GraphQLString,
  isAbstractType,
  isObjectType,
} from 'graphql';
import { applyMiddleware, type IMiddlewareFieldMap, type IMiddlewareFunction } from 'graphql-middleware';
import { buildSchemaSync } from 'type-graphql';
import { isUnavailable } from '../db/availability.js';
import { forbidden, internalError, serviceUnavailable, tooManySubscriptions } from '../graphql/errors.js';
import { Stranger } from '../graphql/prove-guards.js';
import { AccountResolver, ViewerResolver } from '../resolvers/account/account.js';
import { AgeResolver } from '../resolvers/account/age.js';
import { EmailChangeResolver } from '../resolvers/account/email-change.js';
import { ErasureResolver, ViewerMinorReportResolver } from '../resolvers/account/erasure.js';
import { LanguageResolver } from '../resolvers/account/language.js';
import { ProfileResolver } from '../resolvers/account/profile.js';
import { ReceiptResolver } from '../resolvers/account/receipt.js';
import { SignUpResolver } from '../resolvers/account/sign-up.js';
import { ConsentResolver, ViewerConsentResolver } from '../resolvers/consent/consent.js';
import { LiveResolver } from '../resolvers/live/live.js';
import { CampaignResolver } from '../resolvers/marketing/campaign.js';
import { ChannelResolver } from '../resolvers/marketing/channel.js';
import { AllowlistResolver } from '../resolvers/media-streamer/allowlist.js';
import { MediaStreamerResolver } from '../resolvers/media-streamer/media-streamer.js';
import { NodeResolver } from '../resolvers/node.js';
import { PolicyResolver, ViewerPolicyResolver } from '../resolvers/policy/policy.js';
import { OptOutResolver, ProcessorResolver } from '../resolvers/policy/processor.js';
import { DrpAgentResolver } from '../resolvers/rights/drp-agents.js';
import { RightsDeskResolver } from '../resolvers/rights/rights-desk.js';
import { RightsExportResolver } from '../resolvers/rights/rights-export.js';
import { RightsRequestResolver, ViewerRightsRequestResolver } from '../resolvers/rights/rights-request.js';
import { PasskeyResolver } from '../resolvers/sign-in/passkey.js';
import { PasswordResolver } from '../resolvers/sign-in/password.js';
import { SecondFactorResolver, ViewerSecondFactorResolver } from '../resolvers/sign-in/second-factors.js';
import { SessionResolver } from '../resolvers/sign-in/session.js';
import { TotpResolver } from '../resolvers/sign-in/totp.js';
import { StaffResolver } from '../resolvers/staff/staff.js';
import { ViewerStaffAccessResolver } from '../resolvers/staff/staff-access.js';
import { SupportUsageResolver } from '../resolvers/staff/support-usage.js';
import { AppResolver, ViewerAppResolver } from '../resolvers/usage/app.js';
import { ServiceQualityResolver } from '../resolvers/usage/service-quality.js';
import { UsageResolver, ViewerUsageResolver } from '../resolvers/usage/usage.js';
import { VpnNodeResolver } from '../resolvers/usage/vpn-nodes.js';
import { TooManySubscriptions } from '../services/live/account-changes.js';
import { operations, permissions } from './permissions.js';

/** `field` is the name of a field in the schema. */
export type OnFailure = (failure: {
  field: string;
  error: unknown;
  kind: 'unavailable' | 'unexpected';
}) => void;

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
      RightsDeskResolver,
      DrpAgentResolver,
      LiveResolver,
      NodeResolver,
    ],
    validate: false,
    pubSub: noTopics,
  });
  // type-graphql's own functions return promises, which graphql-jit does not wait for.
  for (const type of Object.values(schema.getTypeMap())) {
    if (isAbstractType(type)) type.resolveType = ({ __typename }: { __typename: string }) => __typename;
  }
  return schema;
}

/** The schema that is served. Throws when a root field has no rule of its own, although it would be denied anyway. */
export function buildGuardedSchema(onFailure: OnFailure): GraphQLSchema {
  const schema = buildOpenSchema();
  const failing = tellingFailures(onFailure);
  const guards = rootGuards(schema);
  guardSubscriptions(schema, failing);
  // The guard is the outer one: it turns what is thrown inside it into a result, which then is no failure any more.
  return applyMiddleware(schema, guards, failureReports(schema, failing));
}

/** Everything is reached through a root field, so the rules stand there and cost nothing on the fields below. */
function rootGuards(schema: GraphQLSchema): Record<string, IMiddlewareFieldMap> {
  const guards = permissions.generate(schema) as Record<string, IMiddlewareFieldMap>;
  for (const root of [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()]) {
    const rules: object = operations[root!.name as keyof typeof operations];
    const unlisted = Object.keys(root!.getFields()).filter((field) => !(field in rules));
    if (unlisted.length > 0)
      throw new Error(`no rule in permissions.ts: ${root!.name}.${unlisted.join(', ')}`);
  }
  return { Query: guards.Query!, Mutation: guards.Mutation! };
}

/**
 * Middleware knows nothing of the moment at which somebody subscribes, and shield guards what comes afterwards alone
 * (graphql-shield#27): whoever may not watch must not begin to.
 */
function guardSubscriptions(schema: GraphQLSchema, failing: Middleware): void {
  for (const field of Object.values(schema.getSubscriptionType()!.getFields())) {
    const guard = operations.Subscription[field.name as keyof typeof operations.Subscription];
    const subscribe = field.subscribe!;
    field.subscribe = async (parent, args, context, info) => {
      const allowed = await guard.resolve(parent, args, context, info, {} as never);
      if (allowed === true) return failing(subscribe as never, parent, args, context, info);
      throw allowed === false ? forbidden() : allowed;
    };
  }
}

type Middleware = Extract<IMiddlewareFunction, (...args: never[]) => unknown>;

/** Turns whatever a resolver throws into a coded error, and tells `onFailure` of it. */
function tellingFailures(onFailure: OnFailure): Middleware {
  return async (resolve, parent, args, context, info) => {
    if (context instanceof Stranger) {
      context.wasLetThrough = true;
      return null;
    }
    try {
      return await resolve(parent, args, context, info);
    } catch (error) {
      if (error instanceof GraphQLError) throw error;
      if (error instanceof TooManySubscriptions) throw tooManySubscriptions();
      const unavailable = isUnavailable(error);
      onFailure({ field: info.fieldName, error, kind: unavailable ? 'unavailable' : 'unexpected' });
      throw unavailable ? serviceUnavailable() : internalError();
    }
  };
}

function failureReports(schema: GraphQLSchema, failing: Middleware): Record<string, IMiddlewareFieldMap> {
  const types = Object.values(schema.getTypeMap()).filter(isObjectType);
  return Object.fromEntries(
    types.flatMap((type) => {
      const resolved = Object.values(type.getFields()).filter(hasResolver);
      return resolved.length === 0 || type === schema.getSubscriptionType()
        ? []
        : [[type.name, Object.fromEntries(resolved.map(({ name }) => [name, failing]))]];
    }),
  );
}

/** Plain data has none (`simpleResolvers`), and needs no wrapping. */
function hasResolver({ resolve }: { resolve?: GraphQLFieldResolver<unknown, unknown> }): boolean {
  return resolve !== undefined;
}
