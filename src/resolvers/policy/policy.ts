// The privacy policy and its versions, for anyone; and under which the viewer has used the product.
import { Arg, Ctx, FieldResolver, Query, Resolver, Root } from 'type-graphql';
import type { Context } from '../../graphql/context.js';
import { Viewer } from '../../schema/account/account.js';
import { Locale } from '../../schema/account/language.js';
import { PolicyAcceptance, PolicyVersion } from '../../schema/policy/policy.js';
import { viewerId } from '../viewer-id.js';

@Resolver(() => PolicyVersion)
export class PolicyResolver {
  @Query(() => PolicyVersion, {
    nullable: true,
    description: 'A version of the privacy policy. It is null when there is no such version.',
  })
  policy(
    @Arg('version', () => String, {
      nullable: true,
      description: 'The version. The default is the one that is in force today (UTC).',
    })
    version: string | null | undefined,
    @Ctx() { services }: Context,
  ): PolicyVersion | null {
    return version == null ? services.policy.current() : services.policy.find(version);
  }

  @Query(() => [PolicyVersion], {
    description: 'All versions of the privacy policy by day, including those that are not in force yet.',
  })
  policyVersions(@Ctx() { services }: Context): readonly PolicyVersion[] {
    return services.policy.versions();
  }

  @FieldResolver(() => String, {
    description: 'The changes since the previous version, in one or two sentences.',
  })
  summary(
    @Root() { summary }: PolicyVersion,
    @Arg('locale', () => Locale, { defaultValue: Locale.EN, description: 'The language of the summary.' })
    locale: Locale,
  ): string {
    return summary[locale];
  }

  @FieldResolver(() => String, {
    description: 'The e-mail address for questions about privacy and about rights.',
  })
  contactEmail(@Ctx() { services }: Context): string {
    return services.policy.contacts.contact;
  }

  @FieldResolver(() => String, { description: 'The e-mail address of the data protection officer (DPO).' })
  dataProtectionOfficerEmail(@Ctx() { services }: Context): string {
    return services.policy.contacts.dataProtectionSpecialist;
  }
}

@Resolver(() => Viewer)
export class ViewerPolicyResolver {
  @FieldResolver(() => [PolicyAcceptance], {
    description:
      'The versions of the privacy policy under which the viewer has used the product, by day. Using the product accepts the ' +
      'policy, and is not a consent to anything.',
  })
  policyAcceptances(@Ctx() context: Context): Promise<PolicyAcceptance[]> {
    return context.services.policy.acceptances(viewerId(context));
  }
}
