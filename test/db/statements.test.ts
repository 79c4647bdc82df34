import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OpenStatements, openStatements } from '../../src/db/statements.js';
import { isUnavailable } from '../../src/runtime/availability.js';
import { type FaultProxy, faultProxyTo } from '../support/network/fault-proxy.js';
import { emptyDatabase, type FreshDatabase, queryDatabase } from '../support/stores/postgres.js';

const NUMBER = { name: 'number', text: 'SELECT $1::integer AS number' };
const KINDS = {
  name: 'kinds',
  text: `SELECT $1::integer AS number, $2::text AS words, $3::text AS nothing, $4::boolean AS truth,
    gen_random_uuid() IS NULL AS wrong, '{"a": [1]}'::json AS json, '2026-11-24'::timestamptz AS time`,
};
const SLOW = { name: 'slow', text: 'SELECT pg_sleep($1)' };
const FAULTY = { name: 'faulty', text: 'SELECT 1 / $1::integer AS number' };

describe('prepared statements outside transactions', () => {
  let database: FreshDatabase;
  let proxy: FaultProxy;
  let statements: OpenStatements;
  beforeAll(async () => {
    database = await emptyDatabase();
    proxy = await faultProxyTo(database.url);
    statements = openStatements(proxy.url, 2);
  });
  afterAll(async () => {
    await statements?.end();
    proxy?.close();
    await database?.drop();
  });

  const ask = (number: number) => statements.run<{ number: number }>(NUMBER, [number]);
  const connections = () =>
    queryDatabase(
      database.url,
      `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
    );

  it('each get their own rows, however many are sent at once over few connections', async () => {
    const numbers = Array.from({ length: 500 }, (_, number) => number);
    const answers = await Promise.all(numbers.map(ask));
    expect(answers.map(([row]) => row!.number)).toEqual(numbers);
    expect(await connections()).toHaveLength(2);
  });

  it('return the same as queries of pg, the first time, later, and over a new connection', async () => {
    const { name, text } = KINDS;
    const values = [7, 'o’clock', null, true];
    const [expected] = await queryDatabase(database.url, text, values);
    expect(await statements.run({ name, text }, values)).toEqual([expected]);
    expect(await statements.run({ name, text }, values)).toEqual([expected]);
    await proxy.cut();
    await proxy.mend();
    await expect.poll(() => statements.run({ name, text }, values).catch(() => null)).toEqual([expected]);
  });

  it('return no rows, and many rows', async () => {
    const many = { name: 'many', text: 'SELECT number FROM generate_series(1, $1::integer) AS number' };
    for (const count of [0, 3, 0, 500]) {
      expect(await statements.run(many, [count])).toEqual(
        Array.from({ length: count }, (_, index) => ({ number: index + 1 })),
      );
    }
  });

  it('are refused under the name of another statement, which keeps working', async () => {
    const others = openStatements(proxy.url, 1);
    const double = { name: NUMBER.name, text: 'SELECT 2 * $1::integer AS number' };
    const [first, refused, last] = await Promise.allSettled(
      [NUMBER, double, NUMBER].map((statement) => others.run(statement, [4])),
    );
    expect(first).toMatchObject({ value: [{ number: 4 }] });
    expect(refused).toMatchObject({
      status: 'rejected',
      reason: { message: expect.stringContaining('number') },
    });
    expect(last).toMatchObject({ value: [{ number: 4 }] });
    await expect(others.run(double, [4])).rejects.toThrow('number');
    await others.end();
  });

  it('can fail the first time and succeed later', async () => {
    const others = openStatements(proxy.url, 1);
    const divide = { name: 'divide', text: 'SELECT 6 / $1::integer AS number' };
    await expect(others.run(divide, [0])).rejects.toMatchObject({ code: '22012' });
    expect(await others.run(divide, [2])).toEqual([{ number: 3 }]);
    await expect(others.run(divide, [0])).rejects.toMatchObject({ code: '22012' });
    expect(await others.run(divide, [3])).toEqual([{ number: 2 }]);
    await others.end();
  });

  it('fail without affecting others', async () => {
    const outcomes = await Promise.allSettled([
      ask(1),
      statements.run(FAULTY, [0]),
      ask(2),
      statements.run(FAULTY, [1]),
      ask(3),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'fulfilled',
      'fulfilled',
    ]);
  });

  it.each([
    [
      'a server that ends the connections',
      () =>
        queryDatabase(
          database.url,
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`,
        ),
    ],
    [
      'a cut',
      async () => {
        await proxy.cut();
        await proxy.mend();
      },
    ],
  ])('are rejected as unavailable during %s, and served again after it', async (_what, interrupt) => {
    await Promise.all([ask(0), ask(0)]);
    const waiting = [0, 1, 2, 3].map(() => statements.run(SLOW, [5]));
    const outcomes = Promise.allSettled([...waiting, ask(1), ask(2)]);
    await expect
      .poll(
        async () =>
          (
            await queryDatabase(
              database.url,
              `SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND state = 'active' AND pid <> pg_backend_pid()`,
            )
          ).length,
      )
      .toBe(2);
    await interrupt();
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected' });
      expect(isUnavailable((outcome as PromiseRejectedResult).reason)).toBe(true);
    }
    await expect.poll(() => ask(7).catch(() => null)).toEqual([{ number: 7 }]);
  });

  it('are rejected at once while there is no server, and can be ended without one', async () => {
    await proxy.cut();
    await expect.poll(() => ask(1).catch((error) => isUnavailable(error))).toBe(true);
    const others = openStatements(proxy.url, 2);
    await expect(others.run(NUMBER, [1])).rejects.toThrow();
    await others.end();
    await proxy.mend();
    expect(await ask(2)).toEqual([{ number: 2 }]);
  });

  it('that were sent are answered before the end', async () => {
    const others = openStatements(proxy.url, 1);
    const answers = Promise.all([1, 2, 3].map((number) => others.run(NUMBER, [number])));
    await others.end();
    expect(await answers).toHaveLength(3);
  });
});
