// GraphQL types of apps that people have activated.
import { Field, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { Platform } from '../../services/usage/apps.js';
import { UserError } from '../user-error.js';

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
  description: 'What an app runs on.',
  valuesConfig: {
    WINDOWS: { description: 'Windows.' },
    MACOS: { description: 'macOS.' },
    LINUX: { description: 'Linux.' },
    ANDROID: { description: 'Android, on telephones and tablets.' },
    IOS: { description: 'iOS and iPadOS.' },
    ANDROID_TV: { description: 'Android TV and Google TV.' },
    APPLE_TV: { description: 'tvOS.' },
    FIRE_TV: { description: 'Fire TV.' },
    CHROME: { description: 'The extension for Chrome.' },
    FIREFOX: { description: 'The extension for Firefox.' },
    EDGE: { description: 'The extension for Edge.' },
    ROUTER: { description: 'The firmware for routers.' },
  },
});

@ObjectType({ description: 'A version of an app, and not when it was activated.', simpleResolvers: true })
export class AppVersion {
  @Field(() => PlatformEnum, { description: 'What it runs on.' })
  platform!: Platform;

  @Field(() => String, { description: 'Such as `12.4.1`, or `13.0.0-beta.2` for a preview.' })
  version!: string;
}

@InputType({ description: 'An app that was activated.' })
export class RecordAppInput {
  @Field(() => PlatformEnum, { description: 'What it runs on.' })
  platform!: Platform;

  @Field(() => String, {
    description:
      'One to three numbers, and for a preview `-alpha`, `-beta` or `-rc` with a number or without.',
  })
  version!: string;
}

@ObjectType({ description: 'What became of it.', simpleResolvers: true })
export class RecordAppPayload {
  @Field(() => Boolean, {
    description:
      'Whether the version is among the viewer’s apps now. False when it was refused, when the viewer objects to ' +
      'statistics, or when the 20 that are kept of a platform are all higher.',
  })
  recorded!: boolean;

  @Field(() => [UserError], { description: 'Empty when the input was accepted.' })
  userErrors!: UserError[];
}
