import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isAway, isUnavailable } from '../../src/runtime/availability.js';
import { errorFields } from '../../src/runtime/log.js';
import { emptyDatabase, type FreshDatabase, queryDatabase } from '../support/stores/postgres.js';

describe('errors that a retry can resolve', () => {
  let database: FreshDatabase;
  const clients: pg.Client[] = [];
  beforeAll(async () => {
    database = await emptyDatabase();
    await queryDatabase(database.url, 'CREATE TABLE item (id integer PRIMARY KEY, count integer)');
    await queryDatabase(database.url, 'INSERT INTO item VALUES (1, 0), (2, 0)');
    for (let i = 0; i < 2; i += 1) {
      clients.push(new pg.Client({ connectionString: database.url }));
      await clients[i]!.connect();
    }
  });
  afterAll(async () => {
    for (const client of clients) await client.end();
    await database?.drop();
  });

  const add = (id: number) => `UPDATE item SET count = count + 1 WHERE id = ${id}`;

  /** The first error of the statements, which are run one after the other: [connection, statement]. */
  async function failing(...steps: readonly (readonly [0 | 1, string])[]): Promise<unknown> {
    try {
      for (const [at, statement] of steps) await clients[at]!.query(statement);
      return null;
    } catch (error) {
      return error;
    } finally {
      for (const client of clients) await client.query('ROLLBACK; RESET ALL');
    }
  }

  it('a conflict with others is worth another try, and the store does not count as away', async () => {
    const busy = [0, `BEGIN; ${add(1)}`] as const;
    const locked = await failing(busy, [1, `SET lock_timeout = 10; ${add(1)}`]);
    const late = await failing(busy, [1, `SET statement_timeout = 10; ${add(1)}`]);
    const repeatable = 'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT * FROM item';
    const overtaken = await failing([0, repeatable], [1, add(1)], [0, add(1)]);
    await clients[0]!.query(`SET deadlock_timeout = 10; BEGIN; ${add(1)}`);
    await clients[1]!.query(`SET deadlock_timeout = 10; BEGIN; ${add(2)}`);
    const both = await Promise.allSettled([clients[0]!.query(add(2)), clients[1]!.query(add(1))]);
    for (const client of clients) await client.query('ROLLBACK; RESET ALL');
    const dead = both.find((each) => each.status === 'rejected')?.reason;
    const errors = [locked, late, overtaken, dead];
    expect(errors.map((error) => errorFields(error).code)).toEqual(['55P03', '57014', '40001', '40P01']);
    expect(errors.map((error) => [isUnavailable(error), isAway(error)])).toEqual(
      errors.map(() => [true, false]),
    );
  });

  it('a server that takes no writes counts as away', async () => {
    const error = await failing([0, `SET default_transaction_read_only = on`], [0, add(1)]);
    expect(errorFields(error).code).toBe('25006');
    expect([isUnavailable(error), isAway(error)]).toEqual([true, true]);
  });

  it.each([
    ['a value that is there already', 'INSERT INTO item VALUES (1, 1)', '23505'],
    ['a table that is not there', 'SELECT * FROM nothing', '42P01'],
    ['a value that is none', "SELECT 'x'::integer", '22P02'],
  ])('%s is a defect of the product, which comes again', async (_what, statement, code) => {
    const error = await failing([0, statement]);
    expect(errorFields(error).code).toBe(code);
    expect(isUnavailable(error)).toBe(false);
  });

  it.each(['08P01', '57P04', 'ERR_TLS_CERT_ALTNAME_INVALID'])('%s comes again', (code) => {
    expect(isUnavailable(Object.assign(new Error('secret'), { code }))).toBe(false);
  });

  it.each([
    ['Connection terminated unexpectedly', 'CONNECTION_LOST'],
    ['Query read timeout', 'ETIMEDOUT'],
    ['timeout exceeded when trying to connect', 'ETIMEDOUT'],
    ["Stream isn't writeable and enableOfflineQueue options is false", 'NOT_CONNECTED'],
    ['Reached the max retries per request limit (which is 0).', 'CONNECTION_LOST'],
    ['Command timed out', 'ETIMEDOUT'],
  ])('the client message “%s” has the code %s', (message, code) => {
    const error = new Error(message);
    expect(errorFields(error)).toEqual({ error: 'Error', code });
    expect(isAway(error)).toBe(true);
  });
});
