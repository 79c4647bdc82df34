import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { MAX_MEGABYTES, MAX_ROWS } from '../../../src/usage-reporter/report.js';
import { useGateway } from '../../support/fixtures.js';
import { dayFromNow, errorsOf } from '../../support/gateway.js';
import {
  callAsNode,
  handleOf,
  makeNode,
  RECORD_USAGE,
  type TestNode,
} from '../../support/people/vpn-node.js';

const YESTERDAY = dayFromNow(-1);

const ADDRESSES = ['203.0.113.77', '2001:db8::77'];

const gateway = useGateway();
let node: TestNode;
let anna: string;
let john: string;
let annaHandle: string;
let johnHandle: string;

/** No usage yet. */
beforeEach(async () => {
  await gateway.query('TRUNCATE usage_report, usage_report_row, usage_day');
  node = await makeNode(gateway);
  [anna, john] = await Promise.all([newAccount(), newAccount()]);
  [annaHandle, johnHandle] = await Promise.all([handleOf(gateway, anna), handleOf(gateway, john)]);
});

async function newAccount(): Promise<string> {
  return (await gateway.account()).id;
}

function row(handle: string, other: Record<string, unknown> = {}) {
  return {
    handle,
    location: 'us-new-york',
    country: 'DE',
    provider: 64496,
    megabytes: 823,
    connected: true,
    ...other,
  };
}

function send(input: Record<string, unknown>, token = node.token) {
  const variables = { input: { day: YESTERDAY, ...input } };
  return callAsNode(gateway, { query: RECORD_USAGE, variables, token });
}

async function record(input: Record<string, unknown>, token = node.token) {
  const { data, errors } = await send(input, token);
  expect(errors).toBeUndefined();
  return data.recordUsage;
}

const COUNTED = { outcome: 'COUNTED', userErrors: [] };

/** What stands in the table of all accounts, or of one, without the names of reports. */
function stored(accountId: string | null = null): Promise<unknown[]> {
  return gateway.query(
    `SELECT account_id, day::text, location, country, provider, megabytes, connected FROM usage_report_row
     WHERE account_id = coalesce($1, account_id)
     ORDER BY account_id, day, location, country, provider, megabytes`,
    [accountId],
  );
}

function usage(accountId: string, other: Record<string, unknown> = {}) {
  const { handle: _, ...rest } = row('', other);
  return { account_id: accountId, day: YESTERDAY, ...rest };
}

const byAccount = (...rows: { account_id: string }[]) =>
  rows.sort((one, next) => (one.account_id < next.account_id ? -1 : 1));

describe('recordUsage', () => {
  it('counts the usage of a day under the accounts that the handles stand for', async () => {
    const rows = [
      row(annaHandle),
      row(johnHandle, { country: 'ZZ', provider: 0, megabytes: 0, connected: false }),
    ];
    expect(await record({ rows })).toEqual(COUNTED);
    expect(await stored()).toEqual(
      byAccount(usage(anna), usage(john, { country: 'ZZ', provider: 0, megabytes: 0, connected: false })),
    );
  });

  it('takes the largest numbers, and a handle in capital letters', async () => {
    const most = { provider: 2 ** 24 - 1, megabytes: MAX_MEGABYTES };
    expect(await record({ rows: [row(annaHandle.toUpperCase(), most)], part: 1000, revision: 1000 })).toEqual(
      COUNTED,
    );
    expect(await stored()).toEqual([usage(anna, most)]);
  });

  it('takes a day on which there was nobody', async () => {
    expect(await record({ rows: [] })).toEqual(COUNTED);
    expect(await stored()).toEqual([]);
  });

  it('sums up rows about the same, however they stand', async () => {
    const rows = [
      row(annaHandle, { megabytes: 0, connected: false }),
      row(johnHandle, { megabytes: MAX_MEGABYTES }),
      row(annaHandle, { country: 'AT' }),
      row(annaHandle, { megabytes: 7 }),
      row(annaHandle, { provider: 64497 }),
      row(johnHandle, { megabytes: 1 }),
    ];
    expect(await record({ rows })).toEqual(COUNTED);
    expect(await stored(anna)).toEqual([
      usage(anna, { country: 'AT' }),
      usage(anna, { megabytes: 7 }),
      usage(anna, { provider: 64497 }),
    ]);
    expect(await stored(john)).toEqual([usage(john, { megabytes: MAX_MEGABYTES })]);
  });

  it('counts a report once, however often it comes and in whatever order its rows stand', async () => {
    const rows = [row(annaHandle), row(johnHandle), row(annaHandle, { country: 'AT' })];
    expect(await record({ rows })).toEqual(COUNTED);
    const once = await stored();
    const repeated = { outcome: 'REPEATED', userErrors: [] };
    expect(await record({ rows })).toEqual(repeated);
    expect(await record({ rows: rows.toReversed() })).toEqual(repeated);
    expect(await stored()).toEqual(once);
  });

  it('counts a report once when it comes many times at once', async () => {
    const rows = [row(annaHandle), row(johnHandle)];
    const answers = await Promise.all(Array.from({ length: 8 }, () => record({ rows })));
    expect(answers.map(({ outcome }) => outcome).sort()).toEqual([
      'COUNTED',
      ...Array.from({ length: 7 }, () => 'REPEATED'),
    ]);
    expect(await stored()).toHaveLength(2);
  });

  it('lets a correction take the place of all that it corrects, and of nothing else', async () => {
    await record({ rows: [row(annaHandle), row(johnHandle)] });
    await record({ rows: [row(annaHandle, { country: 'FR' })], part: 2 });
    const corrected = { rows: [row(annaHandle, { megabytes: 5 })], revision: 3 };
    expect(await record(corrected)).toEqual({ outcome: 'REPLACED', userErrors: [] });
    const after = [usage(anna, { megabytes: 5 }), usage(anna, { country: 'FR' })];
    expect(await stored()).toEqual(after);
    expect(await record(corrected)).toEqual({ outcome: 'REPEATED', userErrors: [] });
    expect(errorsOf(await record({ rows: [row(johnHandle)], revision: 3 }))).toEqual([
      { field: 'revision', code: 'REVISION_TAKEN' },
    ]);
    expect(errorsOf(await record({ rows: [row(annaHandle), row(johnHandle)], revision: 2 }))).toEqual([
      { field: 'revision', code: 'REVISION_OLD' },
    ]);
    expect(await stored()).toEqual(after);
  });

  it('counts what different nodes, parts and days report each for itself', async () => {
    const other = await makeNode(gateway);
    const rows = [row(annaHandle)];
    expect(await record({ rows })).toEqual(COUNTED);
    expect(await record({ rows, part: 2 })).toEqual(COUNTED);
    expect(await record({ rows, day: dayFromNow(-2) })).toEqual(COUNTED);
    expect(await record({ rows }, other.token)).toEqual(COUNTED);
    expect(await stored()).toHaveLength(4);
  });

  it('leaves out, without a word, handles that are nobody’s and accounts that object or are gone', async () => {
    const [objecting, erased] = await Promise.all([gateway.account(), gateway.account()]);
    const handles = await Promise.all([objecting, erased].map(({ id }) => handleOf(gateway, id)));
    await gateway.query('UPDATE account SET objects_to_statistics = true WHERE id = $1', [objecting.id]);
    const { data } = await gateway.call({
      query: 'mutation { closeAccount { userErrors { code } } }',
      token: erased.token,
      headers: erased.fresh,
    });
    expect(data.closeAccount.userErrors).toEqual([]);
    const rows = [randomUUID(), ...handles, annaHandle].map((handle) => row(handle));
    expect(await record({ rows })).toEqual(COUNTED);
    expect(await stored()).toEqual([usage(anna)]);
  });

  it('knows a retired handle for the days up to its retirement, and sums it up with the new one', async () => {
    const old = randomUUID();
    await gateway.query('INSERT INTO usage_handle (handle, account_id, retired_on) VALUES ($1, $2, $3)', [
      old,
      anna,
      dayFromNow(-2),
    ]);
    const rows = [row(annaHandle), row(old)];
    expect(await record({ rows, day: dayFromNow(-2) })).toEqual(COUNTED);
    expect(await stored()).toEqual([usage(anna, { day: dayFromNow(-2), megabytes: 1646 })]);
    expect(await record({ rows })).toEqual(COUNTED);
    expect((await stored()).at(-1)).toEqual(usage(anna));
  });

  it('names a report by nothing from which its node can be told', async () => {
    await record({ rows: [row(annaHandle)] });
    const [entry] = await gateway.query('SELECT id::text, digest FROM usage_report');
    expect(entry?.id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(await gateway.query('SELECT DISTINCT report_id::text AS id FROM usage_report_row')).toEqual([
      { id: entry?.id },
    ]);
  });

  it('takes as many rows as there may be', async () => {
    const rows = Array.from({ length: MAX_ROWS }, (_, index) =>
      index % 2 === 0 ? row(randomUUID()) : row(annaHandle, { provider: index }),
    );
    expect(await record({ rows })).toEqual(COUNTED);
    const [{ count } = { count: 0 }] = await gateway.query('SELECT count(*)::integer FROM usage_report_row');
    expect(count).toBe(MAX_ROWS / 2);
    expect(errorsOf(await record({ rows: [...rows, row(annaHandle)], part: 2 }))).toEqual([
      { field: 'rows', code: 'TOO_MANY_ROWS' },
    ]);
  });
});

describe('recordUsage refuses', () => {
  const refusals: [string, Record<string, unknown>, string, string][] = [
    ['today', { day: dayFromNow(0) }, 'day', 'USAGE_DAY_NOT_OVER'],
    ['the future', { day: dayFromNow(1) }, 'day', 'USAGE_DAY_NOT_OVER'],
    ['a day that is closed', { day: dayFromNow(-4) }, 'day', 'USAGE_DAY_CLOSED'],
    ['part 0', { part: 0 }, 'part', 'PART_OUT_OF_RANGE'],
    ['part 1001', { part: 1001 }, 'part', 'PART_OUT_OF_RANGE'],
    ['revision 0', { revision: 0 }, 'revision', 'REVISION_OUT_OF_RANGE'],
    ['revision 1001', { revision: 1001 }, 'revision', 'REVISION_OUT_OF_RANGE'],
  ];
  it.each(refusals)('%s', async (_name, input, field, code) => {
    expect(errorsOf(await record({ rows: [row(annaHandle)], ...input }))).toEqual([{ field, code }]);
    expect(await gateway.query('SELECT FROM usage_report')).toEqual([]);
  });

  it('none of the days that are open', async () => {
    for (const days of [-1, -2, -3]) {
      expect(await record({ rows: [row(annaHandle)], day: dayFromNow(days) })).toEqual(COUNTED);
    }
  });

  const rowRefusals: [string, unknown, string][] = [
    ['.handle', 'INVALID_HANDLE', ''],
    ['.handle', 'INVALID_HANDLE', 7],
    ['.handle', 'INVALID_HANDLE', null],
    ['.handle', 'INVALID_HANDLE', `${randomUUID()} `],
    ['.location', 'OTHER_LOCATION', 'us-chicago'],
    ['.location', 'OTHER_LOCATION', null],
    ['.country', 'INVALID_COUNTRY', 'de'],
    ['.country', 'INVALID_COUNTRY', 'DEU'],
    ['.country', 'INVALID_COUNTRY', 49],
    ['.country', 'INVALID_COUNTRY', ['DE']],
    ['.provider', 'PROVIDER_OUT_OF_RANGE', -1],
    ['.provider', 'PROVIDER_OUT_OF_RANGE', 1.5],
    ['.provider', 'PROVIDER_OUT_OF_RANGE', 2 ** 24],
    ['.provider', 'PROVIDER_OUT_OF_RANGE', 'AS64496'],
    ['.megabytes', 'MEGABYTES_OUT_OF_RANGE', -1],
    ['.megabytes', 'MEGABYTES_OUT_OF_RANGE', 0.5],
    ['.megabytes', 'MEGABYTES_OUT_OF_RANGE', 2 ** 24],
    ['.megabytes', 'MEGABYTES_OUT_OF_RANGE', '823'],
    ['.connected', 'INVALID_CONNECTED', false],
    ['.connected', 'INVALID_CONNECTED', 'true'],
    ['.connected', 'INVALID_CONNECTED', null],
  ].map(([field, code, value]) => [field, value, code] as [string, unknown, string]);
  it.each(rowRefusals)('all rows when one has a faulty %s: %j', async (field, value, code) => {
    const rows = [row(annaHandle), row(johnHandle, { [field.slice(1)]: value }), row(annaHandle)];
    const payload = await record({ rows });
    expect(payload.outcome).toBeNull();
    expect(errorsOf(payload)).toEqual([{ field: `rows.1${field}`, code }]);
    expect(await stored()).toEqual([]);
    expect(await gateway.query('SELECT FROM usage_report')).toEqual([]);
  });

  it('rows that are no rows, or say more or less than a row does', async () => {
    const { country: _, ...withoutCountry } = row(annaHandle);
    const rows = [
      null,
      'row',
      [annaHandle],
      { ...row(annaHandle), time: '21:43' },
      { ...row(annaHandle), sourceAddress: '203.0.113.77' },
      { ...withoutCountry, sourceAddress: '203.0.113.77' },
      withoutCountry,
    ];
    const answer = await record({ rows });
    expect(errorsOf(answer)).toEqual(
      rows.map((_row, index) => ({
        field: expect.stringMatching(`^rows.${index}`),
        code: expect.any(String),
      })),
    );
    expect(answer.userErrors.map(({ code }: { code: string }) => code)).toEqual(
      rows.map((_row, index) => (index === 5 ? 'INVALID_COUNTRY' : 'INVALID_USAGE_ROW')),
    );
  });

  it('with the first ten userErrors, whatever their number', async () => {
    const rows = Array.from({ length: 30 }, (_, index) =>
      row(annaHandle, { megabytes: index % 2 === 0 ? 1 : -1 }),
    );
    const fields = errorsOf(await record({ rows })).map(({ field }) => field);
    expect(fields).toEqual(Array.from({ length: 10 }, (_, index) => `rows.${2 * index + 1}.megabytes`));
  });

  it.each(['handle', 'location', 'country', 'provider', 'megabytes', 'connected', 'other'])(
    'an address as %s, and repeats it nowhere',
    async (field) => {
      for (const address of ADDRESSES) {
        const answer = await send({ rows: [row(annaHandle, { [field]: address })] });
        expect(answer.data.recordUsage.outcome).toBeNull();
        expect(JSON.stringify(answer)).not.toContain(address);
      }
    },
  );

  it.each(['day', 'part', 'revision', 'rows', 'other'])(
    'an address as the report’s %s, and repeats it nowhere',
    async (field) => {
      for (const address of ADDRESSES) {
        const answer = await send({ rows: [], [field]: address });
        expect(answer).toMatchObject({ status: 200, errors: [{ extensions: { code: 'BAD_USER_INPUT' } }] });
        expect(JSON.stringify(answer)).not.toContain(address);
      }
      expect(gateway.log.join()).not.toMatch(/203\.0\.113|2001:db8/);
    },
  );

  it('rows that are no list', async () => {
    for (const rows of [{}, 7, 'rows']) {
      const { errors } = await send({ rows });
      expect(errors?.map(({ message }) => message)).toEqual([
        'Variable "$input" is not valid at rows: UsageRows is a list of rows.',
      ]);
    }
  });
});
