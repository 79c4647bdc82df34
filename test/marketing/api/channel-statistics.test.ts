import { beforeAll, describe, expect, it } from 'vitest';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow } from '../../support/gateway.js';

const STATISTICS = `query ($from: Date!, $to: Date!) {
  channelStatistics(days: { from: $from, to: $to }) { day channel platform visits signUps }
}`;

describe('channelStatistics', () => {
  const gateway = useGateway();
  let token: string;
  const [before, yesterday, today] = [dayFromNow(-2), dayFromNow(-1), dayFromNow(0)];
  beforeAll(async () => {
    token = await gateway.admin();
    await gateway.query(
      `INSERT INTO channel_day (day, channel, platform, visits, sign_ups) VALUES
       ($1, 'search', 'linux', 500, 20), ($1, 'press', 'ios', 20, 19), ($1, 'press', 'android', 19, 0),
       ($2, 'search', 'linux', 21, 1), ($3, 'search', 'linux', 1000, 100)`,
      [yesterday, before, today],
    );
  });

  const statistics = (from: string, to: string) =>
    gateway.call({ query: STATISTICS, variables: { from, to }, token });

  it('returns numbers from 20 on by day, channel and platform, and hides smaller ones', async () => {
    const { data } = await statistics(before, yesterday);
    expect(data.channelStatistics).toEqual([
      { day: before, channel: 'search', platform: 'linux', visits: 21, signUps: null },
      { day: yesterday, channel: 'press', platform: 'android', visits: null, signUps: null },
      { day: yesterday, channel: 'press', platform: 'ios', visits: 20, signUps: null },
      { day: yesterday, channel: 'search', platform: 'linux', visits: 500, signUps: 20 },
    ]);
  });

  it('leaves out the day that is not over', async () => {
    expect((await statistics(today, today)).data.channelStatistics).toEqual([]);
    const { data } = await statistics(yesterday, today);
    expect(data.channelStatistics).toHaveLength(3);
  });

  it('has no totals from which a hidden number could be computed', async () => {
    const { data } = await gateway.call({
      query: '{ __type(name: "ChannelDay") { fields { name } } }',
      token,
    });
    expect(data.__type.fields.map(({ name }: { name: string }) => name)).toEqual([
      'day',
      'channel',
      'platform',
      'visits',
      'signUps',
    ]);
  });

  it.each([
    ['days in the wrong order', '2026-02-02', '2026-02-01'],
    ['401 days', '2025-01-01', '2026-02-05'],
  ])('refuses %s', async (_what, from, to) => {
    const { errors } = await statistics(from, to);
    expect(errors?.map((error) => error.extensions?.code)).toEqual(['BAD_USER_INPUT']);
  });

  it('takes 400 days', async () => {
    expect((await statistics('2025-01-01', '2026-02-04')).errors).toBeUndefined();
  });
});
