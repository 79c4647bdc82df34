// Which apps and versions an account has activated: a set, without an order and without a time.
import type { DataSource } from 'typeorm';
import { done, type Outcome, refused } from '../../input/user-error.js';

export type Platform =
  | 'windows'
  | 'macos'
  | 'linux'
  | 'android'
  | 'ios'
  | 'android-tv'
  | 'apple-tv'
  | 'fire-tv'
  | 'chrome'
  | 'firefox'
  | 'edge'
  | 'router';

export interface App {
  readonly platform: Platform;
  /** Such as `12.4.1` or `13.0.0-beta.2`. */
  readonly version: string;
}

/** Support asks about recent ones, and the table must not grow with whatever a program sends. */
const MAX_VERSIONS = 20;

/** Three numbers at most: four could be an address. */
const VERSION = /^(\d{1,4})(?:\.(\d{1,5}))?(?:\.(\d{1,5}))?(?:-(alpha|beta|rc)(?:\.(\d{1,3}))?)?$/;

const PREVIEWS = ['alpha', 'beta', 'rc'];

export class AppService {
  constructor(private readonly database: DataSource) {}

  /** By platform, and from the lowest version to the highest. */
  async list(accountId: string): Promise<App[]> {
    const apps = await this.database.query<App[]>(
      'SELECT platform, version FROM app_version WHERE account_id = $1',
      [accountId],
    );
    return apps.sort((a, b) =>
      a.platform === b.platform ? compareVersions(a.version, b.version) : a.platform < b.platform ? -1 : 1,
    );
  }

  /**
   * Adds an app; one that is known changes nothing. Whether it is kept: not that of a person who objects to statistics or restricts processing, nor
   * one below the 20 highest of its platform, and of those that are there the lowest leaves. Null when there is no such
   * account.
   */
  async record(accountId: string, { platform, version }: App): Promise<Outcome<boolean | null>> {
    if (!VERSION.test(version)) return refused({ field: 'version', code: 'INVALID_APP_VERSION' });
    return this.database.transaction(async (manager) => {
      // One at a time, or two could each find room for the last one.
      const [account] = await manager.query<{ objects: boolean }[]>(
        'SELECT objects_to_statistics OR restricts_processing AS objects FROM account WHERE id = $1 FOR NO KEY UPDATE',
        [accountId],
      );
      if (account === undefined) return done(null);
      if (account.objects) return done(false);
      const known = await manager.query<{ version: string }[]>(
        'SELECT version FROM app_version WHERE account_id = $1 AND platform = $2',
        [accountId, platform],
      );
      const versions = new Set([...known.map((app) => app.version), version]);
      const lowest = [...versions].sort(compareVersions).slice(0, -MAX_VERSIONS);
      if (lowest.includes(version)) return done(false);
      await manager.query(
        'INSERT INTO app_version (account_id, platform, version) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING',
        [accountId, platform, version],
      );
      await manager.query(
        'DELETE FROM app_version WHERE account_id = $1 AND platform = $2 AND version = ANY($3)',
        [accountId, platform, lowest],
      );
      return done(true);
    });
  }
}

/** Numbers as numbers, and previews before what they are previews of. */
function compareVersions(a: string, b: string): number {
  const [first, second] = [ranksOf(a), ranksOf(b)];
  const differing = first.findIndex((rank, index) => rank !== second[index]);
  if (differing >= 0) return first[differing]! - second[differing]!;
  // `1.2` and `1.2.0` are the same version written in two ways.
  return a === b ? 0 : a < b ? -1 : 1;
}

function ranksOf(version: string): number[] {
  const [, major, minor, patch, kind, number] = VERSION.exec(version) ?? [];
  const preview = kind === undefined ? PREVIEWS.length : PREVIEWS.indexOf(kind);
  return [Number(major), Number(minor ?? 0), Number(patch ?? 0), preview, Number(number ?? 0)];
}
