// GraphQL types of processors.
import { Field, ID, ObjectType, registerEnumType } from 'type-graphql';
import type { ConsentPurpose } from '../../entities/consent/consent.js';
import type { Platform as PlatformId } from '../../services/policy/processors.js';
import type { Locale } from '../account/language.js';
import { ConsentPurposeEnum } from '../consent/consent.js';

const ProcessorPlatform = {
  WINDOWS: 'windows',
  MACOS: 'macos',
  LINUX: 'linux',
  IOS: 'ios',
  ANDROID: 'android',
  BROWSER_EXTENSION: 'browser-extension',
  WEBSITE: 'website',
  GATEWAY: 'gateway',
} as const satisfies Record<string, PlatformId>;

registerEnumType(ProcessorPlatform, {
  name: 'ProcessorPlatform',
  description: 'The part of the product that sends data to a processor.',
  valuesConfig: {
    WINDOWS: { description: 'The app for Windows.' },
    MACOS: { description: 'The app for macOS.' },
    LINUX: { description: 'The app for Linux.' },
    IOS: { description: 'The app for iOS.' },
    ANDROID: { description: 'The app for Android.' },
    BROWSER_EXTENSION: { description: 'The browser extensions.' },
    WEBSITE: { description: 'The website.' },
    GATEWAY: { description: 'The gateway, on all platforms.' },
  },
});

@ObjectType({ description: 'A field that a processor receives.', simpleResolvers: true })
export class ProcessorField {
  @Field(() => String, { description: 'The name of the field, for programs.' })
  name!: string;

  @Field(() => String, { description: 'The content of the field, for people.' })
  description!: string;
}

@ObjectType({
  description: 'A way to opt out of the practices of several companies at once.',
  simpleResolvers: true,
})
export class OptOut {
  @Field(() => String, { description: 'The URL of a page with a switch or with instructions.' })
  url!: string;

  /** Its field takes the language as an argument. */
  text!: Readonly<Record<Locale, string>>;
}

@ObjectType({ description: 'A company that processes data on behalf of the product.', simpleResolvers: true })
export class Processor {
  @Field(() => ID, { description: 'The id of the processor, such as `sentry`. It does not change.' })
  id!: string;

  @Field(() => String, { description: 'The name of the service.' })
  name!: string;

  @Field(() => String, { description: 'The company that provides the service.' })
  owner!: string;

  @Field(() => String, { description: 'The purpose for which the processor receives data.' })
  purpose!: string;

  @Field(() => [ProcessorField], {
    description: 'All fields that the processor receives. No other fields are sent.',
  })
  fields!: readonly ProcessorField[];

  @Field(() => [ProcessorPlatform], {
    description: 'The parts of the product that send data to the processor.',
  })
  platforms!: readonly PlatformId[];

  @Field(() => ConsentPurposeEnum, {
    nullable: true,
    description:
      'The consent that is required before data is sent. It is null when the product cannot be provided without the processor.',
  })
  consent!: ConsentPurpose | null;

  @Field(() => String, {
    nullable: true,
    description:
      'The URL of the processor’s own privacy policy. It is null when the product’s policy applies.',
  })
  privacyPolicyUrl!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'The URL of the processor’s opt-out page. It is null when there is none.',
  })
  optOutUrl!: string | null;

  /** Its field makes an empty list of none. */
  otherOptOuts?: readonly OptOut[] | undefined;
}
