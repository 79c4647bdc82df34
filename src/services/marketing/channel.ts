// Marketing channels: how many visits and sign-ups each brought on a day. The numbers identify nobody.
import type { DataSource } from 'typeorm';
import { z } from 'zod';
import type { Throttle } from '../../ephemeral/throttle.js';
import { isDayRange } from '../../input/day-range.js';
import { done, type Outcome, refused } from '../../input/user-error.js';
import { type Day, today } from '../../lib/calendar.js';
import { COHORT } from '../../lib/cohort.js';
import type { Address } from '../../lib/ip.js';
import { readPolicyFile } from '../../lib/policy-file.js';
import type { Keyring } from '../../secrets/keyring.js';

const list = z
  .array(
    z.strictObject({
      id: z
        .string()
        .regex(/^[a-z0-9]+(-[a-z0-9]+)*$/, 'must be lower-case words with single hyphens between'),
      name: z.string().min(1, 'must not be empty'),
    }),
  )
  .min(1, 'must not be empty')
  .refine((entries) => new Set(entries.map(({ id }) => id)).size === entries.length, {
    error: 'must not have an id twice',
  });

const channelsFile = z.strictObject({ channels: list, platforms: list });

export interface ChannelList {
  /** Ids. */
  readonly channels: readonly string[];
  readonly platforms: readonly string[];
}

/** Throws PolicyFileError with every error of the file. */
export async function loadChannels(path: string): Promise<ChannelList> {
  const { channels, platforms } = await readPolicyFile(path, channelsFile);
  return { channels: channels.map(({ id }) => id), platforms: platforms.map(({ id }) => id) };
}

export interface ChannelDayView {
  readonly day: Day;
  readonly channel: string;
  readonly platform: string;
  /** Null when there are fewer than COHORT. */
  readonly visits: number | null;
  readonly signUps: number | null;
}

/** All channels and platforms that are not in the list are counted together. */
const OTHER = 'other';

interface Place {
  readonly channel: string;
  readonly platform: string;
}

export class ChannelService {
  private readonly channels: ReadonlySet<string>;
  private readonly platforms: ReadonlySet<string>;
  private readonly places: ReadonlyMap<string, Place>;

  constructor(
    private readonly database: DataSource,
    private readonly keyring: Keyring,
    private readonly throttle: Throttle,
    list: ChannelList,
  ) {
    this.channels = new Set([...list.channels, OTHER]);
    this.platforms = new Set([...list.platforms, OTHER]);
    const places = [...this.channels].flatMap((channel) =>
      [...this.platforms].map((platform) => ({ channel, platform })),
    );
    this.places = new Map(places.map((place) => [this.codeOf(place), place]));
  }

  /**
   * Counts a visit today, and returns the code that a browser may keep so that a sign-up is counted for the same channel. The
   * code is the same for everybody from that channel and platform, and has no meaning outside this installation.
   */
  async countVisit(visit: Place, source: Address | null): Promise<Outcome<string>> {
    if (!(await this.throttle.allows('visit', { source }))) {
      return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    }
    const place = {
      channel: this.channels.has(visit.channel) ? visit.channel : OTHER,
      platform: this.platforms.has(visit.platform) ? visit.platform : OTHER,
    };
    await this.count(place, { visits: 1, signUps: 0 });
    return done(this.codeOf(place));
  }

  /** Counts a sign-up today for the channel of the browser's code. Any other code is ignored. */
  async countSignUp(code: string): Promise<void> {
    const place = this.places.get(code);
    if (place !== undefined) await this.count(place, { visits: 0, signUps: 1 });
  }

  /**
   * By day, channel and platform, from the first day to the last, both included. The current day is left out, because a growing
   * number would show that somebody has just arrived. 'invalid-range' unless the span is 1 to 400 days.
   */
  async statistics(
    from: Day,
    to: Day,
    now: number = Date.now(),
  ): Promise<ChannelDayView[] | 'invalid-range'> {
    if (!isDayRange(from, to)) return 'invalid-range';
    return this.database.query<ChannelDayView[]>(
      `SELECT day::text, channel, platform,
         CASE WHEN visits >= $4 THEN visits END AS visits,
         CASE WHEN sign_ups >= $4 THEN sign_ups END AS "signUps"
       FROM channel_day WHERE day BETWEEN $1 AND $2 AND day < $3
       ORDER BY day, channel, platform`,
      [from, to, today(now), COHORT],
    );
  }

  private async count(
    { channel, platform }: Place,
    more: { visits: number; signUps: number },
  ): Promise<void> {
    await this.database.query(
      `INSERT INTO channel_day (day, channel, platform, visits, sign_ups) VALUES ($1, $2, $3, $4, $5)
       ON CONFLICT (day, channel, platform) DO UPDATE
       SET visits = channel_day.visits + excluded.visits, sign_ups = channel_day.sign_ups + excluded.sign_ups`,
      [today(), channel, platform, more.visits, more.signUps],
    );
  }

  private codeOf({ channel, platform }: Place): string {
    return this.keyring.digest('marketing-channel', `${channel} ${platform}`);
  }
}
