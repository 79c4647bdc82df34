// GraphQL types of the apps that people have activated.
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { Platform } from '../../services/usage/apps.js';
import { Payload, payloadOf } from '../payload.js';

const PlatformEnum = {
  WINDOWS: 'windows',
  MACOS: 'macos',
  LINUX: 'linux',
  ANDROID: 'android',
  IOS: 'ios',
  ANDROID_TV: 'android-tv',
  APPLE_TV: 'apple-tv',
  FIRE_TV: 'fire-tv',
  CHROME: 'chrome',
  FIREFOX: 'firefox',
  EDGE: 'edge',
  ROUTER: 'router',
} as const satisfies Record<string, Platform>;

registerEnumType(PlatformEnum, {
  name: 'Platform',
  description: 'The platform that an app runs on.',
  valuesConfig: {
    WINDOWS: { description: 'Windows.' },
    MACOS: { description: 'macOS.' },
    LINUX: { description: 'Linux.' },
    ANDROID: { description: 'Android on phones and tablets.' },
    IOS: { description: 'iOS and iPadOS.' },
    ANDROID_TV: { description: 'Android TV and Google TV.' },
    APPLE_TV: { description: 'tvOS.' },
    FIRE_TV: { description: 'Fire TV.' },
    CHROME: { description: 'The browser extension for Chrome.' },
    FIREFOX: { description: 'The browser extension for Firefox.' },
    EDGE: { description: 'The browser extension for Edge.' },
    ROUTER: { description: 'The firmware for routers.' },
  },
});

@ObjectType({
  description: 'A version of an app that was activated. The time of the activation is not stored.',
  simpleResolvers: true,
})
export class AppVersion {
  @Field(() => PlatformEnum, { description: 'The platform that the app runs on.' })
  platform!: Platform;

  @Field(() => String, {
    description: 'The version, such as `12.4.1`. A preview has a suffix, as in `13.0.0-beta.2`.',
  })
  version!: string;
}

@InputType({ description: 'The input of `recordApp`.' })
export class RecordAppInput {
  @Field(() => PlatformEnum, { description: 'The platform that the app runs on.' })
  platform!: Platform;

  @Field(() => String, {
    description:
      'The version: one to three numbers. A preview has the suffix `-alpha`, `-beta` or `-rc`, and may have a number after it.',
  })
  version!: string;
}

@ObjectType(payloadOf('recordApp'))
export class RecordAppPayload extends Payload {
  @Field(() => Boolean, {
    nullable: true,
    description:
      'Whether the version is among the viewer’s apps now. It is false when the viewer objects to usage statistics, or ' +
      'when 20 higher versions are stored for the platform.',
  })
  recorded?: boolean | null;
}
