// GraphQL types of the register of processors.
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
  description: 'Which of our software sends data to a processor.',
  valuesConfig: {
    WINDOWS: { description: 'The app for Windows.' },
    MACOS: { description: 'The app for macOS.' },
    LINUX: { description: 'The app for Linux.' },
    IOS: { description: 'The app for iOS.' },
    ANDROID: { description: 'The app for Android.' },
    BROWSER_EXTENSION: { description: 'The browser extensions.' },
    WEBSITE: { description: 'The website.' },
    GATEWAY: { description: 'This gateway, whatever people use.' },
  },
});

@ObjectType({ description: 'A field that a processor gets.', simpleResolvers: true })
export class ProcessorField {
  @Field(() => String, { description: 'For programs.' })
  name!: string;

  @Field(() => String, { description: 'What it holds, for people.' })
  description!: string;
}

@ObjectType({
  description: 'A way to opt out of what more than one company does.',
  simpleResolvers: true,
})
export class OptOut {
  @Field(() => String, { description: 'A page with a switch or with instructions.' })
  url!: string;

  /** Its field takes the language as an argument. */
  text!: Readonly<Record<Locale, string>>;
}

@ObjectType({ description: 'A company that works with data on our behalf.', simpleResolvers: true })
export class Processor {
  @Field(() => ID, { description: 'Short and stable, such as `sentry`.' })
  id!: string;

  @Field(() => String, { description: 'The service, for people.' })
  name!: string;

  @Field(() => String, { description: 'The company that answers for it.' })
  owner!: string;

  @Field(() => String, { description: 'Why it gets data.' })
  purpose!: string;

  @Field(() => [ProcessorField], { description: 'All that it gets. Other fields are not sent.' })
  fields!: readonly ProcessorField[];

  @Field(() => [ProcessorPlatform], { description: 'Which of our software sends it data.' })
  platforms!: readonly PlatformId[];

  @Field(() => ConsentPurposeEnum, {
    nullable: true,
    description: 'The consent without which it gets nothing; null when the service cannot be had without it.',
  })
  consent!: ConsentPurpose | null;

  @Field(() => String, {
    nullable: true,
    description: 'Its own privacy policy; null when ours holds for it.',
  })
  privacyPolicyUrl!: string | null;

  @Field(() => String, {
    nullable: true,
    description: 'A page on which it can be opted out of; null when it has none.',
  })
  optOutUrl!: string | null;

  /** Its field makes an empty list of none. */
  otherOptOuts?: readonly OptOut[] | undefined;
}
