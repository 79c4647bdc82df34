import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { DataSource } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import type { ConsentPurpose } from '../../src/entities/consent/consent.js';
import { today } from '../../src/lib/calendar.js';
import { ConsentService } from '../../src/services/consent/consent.js';
import { type FreshDatabase, freshDatabase } from '../support/stores/postgres.js';

const PROCESSORS = ['crash-reports', 'web-analytics'];
const OPT_OUT_COUNTRIES = ['US', 'PR'];

describe('the ledger of consents', () => {
  let fresh: FreshDatabase;
  let database: DataSource;
  let consent: ConsentService;
  let policyVersion = '2026-11-01';
  beforeAll(async () => {
    fresh = await freshDatabase();
    database = await createDataSource(fresh.url).initialize();
    consent = new ConsentService(
      database,
      { allows: async () => true },
      {
        optOutCountries: OPT_OUT_COUNTRIES,
        processors: PROCESSORS,
        policyVersion: () => policyVersion,
      },
    );
  });
  afterAll(async () => {
    await database?.destroy();
    await fresh?.drop();
  });

  async function account(country: string | null = 'US'): Promise<string> {
    const id = randomUUID();
    await database.query(
      `INSERT INTO account (id, email, password_hash, role, country) VALUES ($1, $2, '', 'user', $3)`,
      [id, `${id}@example.com`, country],
    );
    return id;
  }

  const choice = (purpose: ConsentPurpose, granted: boolean, processor: string | null = null) => ({
    purpose,
    processor,
    granted,
  });

  async function recipients(page = 1000): Promise<string[]> {
    const ids: string[] = [];
    for (let after: string | null = null; ; ) {
      const next: string[] = await consent.marketingRecipients(database.manager, after, page);
      ids.push(...next);
      after = next.at(-1) ?? null;
      if (next.length < page) return ids;
    }
  }

  describe('is append-only', () => {
    it('for statements that update, delete or truncate it', async () => {
      const id = await account();
      await consent.set(id, choice('diagnostics', true));
      const before = await consent.history(id);
      for (const statement of [
        'UPDATE consent SET granted = false',
        `UPDATE consent SET account_id = '${randomUUID()}'`,
        'DELETE FROM consent',
        `DELETE FROM consent WHERE account_id = '${id}'`,
        'TRUNCATE consent',
        'TRUNCATE account CASCADE',
      ]) {
        await expect(database.query(statement), statement).rejects.toThrow('append-only');
      }
      expect(await consent.history(id)).toEqual(before);
    });

    it('until the account is deleted, and then only that account’s entries are deleted', async () => {
      const [leaving, staying] = [await account(), await account()];
      for (const id of [leaving, staying]) await consent.set(id, choice('diagnostics', true));
      await database.query('DELETE FROM account WHERE id = $1', [leaving]);
      expect(await consent.history(leaving)).toEqual([]);
      expect(await consent.history(staying)).toHaveLength(1);
    });
  });

  describe('says', () => {
    it('nothing is granted by default but marketing where the law asks for no consent', async () => {
      for (const [country, marketing] of [
        ['US', true],
        ['DE', false],
        ['BR', false],
        [null, false],
      ] as const) {
        const states = await consent.states(await account(country));
        expect(states?.map(({ purpose, processor, granted }) => [purpose, processor, granted])).toEqual([
          ['marketing', null, marketing],
          ['diagnostics', null, false],
          ['analytics-cookies', null, false],
          ['advertising-cookies', null, false],
          ['sharing', 'crash-reports', false],
          ['sharing', 'web-analytics', false],
        ]);
        expect(states?.every((state) => state.because === 'default' && state.since === null)).toBe(true);
      }
    });

    it('who decided something, when, and under which policy', async () => {
      const id = await account();
      await consent.set(id, choice('diagnostics', true));
      policyVersion = '2027-01-01';
      await consent.unsubscribe(id);
      policyVersion = '2026-11-01';
      expect(await consent.history(id)).toEqual([
        {
          purpose: 'marketing',
          processor: null,
          granted: false,
          because: 'unsubscribe',
          policyVersion: '2027-01-01',
          day: today(),
        },
        {
          purpose: 'diagnostics',
          processor: null,
          granted: true,
          because: 'person',
          policyVersion: '2026-11-01',
          day: today(),
        },
      ]);
      expect((await consent.states(id))?.[0]).toEqual({
        purpose: 'marketing',
        processor: null,
        granted: false,
        because: 'unsubscribe',
        since: today(),
        policyVersion: '2027-01-01',
      });
    });

    it('nothing more when the same choice is made again', async () => {
      const id = await account();
      await consent.set(id, choice('marketing', true));
      await consent.set(id, choice('marketing', true));
      await consent.unsubscribe(id);
      await consent.unsubscribe(id);
      await consent.set(id, choice('marketing', false));
      expect((await consent.history(id)).map(({ granted }) => granted)).toEqual([false, true]);
    });

    it('a refusal although nothing was granted, so that it survives a move to another country', async () => {
      const id = await account('DE');
      await consent.set(id, choice('marketing', false));
      await database.query(`UPDATE account SET country = 'US' WHERE id = $1`, [id]);
      expect(await consent.permits(id, 'marketing')).toBe(false);
    });

    it('with which processor data is shared, each separately', async () => {
      const id = await account();
      await consent.set(id, choice('sharing', true, 'crash-reports'));
      expect(await consent.permits(id, 'sharing', 'crash-reports')).toBe(true);
      expect(await consent.permits(id, 'sharing', 'web-analytics')).toBe(false);
      expect(await consent.permits(id, 'sharing')).toBe(false);
    });

    it('nothing for an account that does not exist', async () => {
      const nobody = randomUUID();
      expect(await consent.set(nobody, choice('diagnostics', true))).toEqual({ ok: true, value: null });
      await consent.unsubscribe(nobody);
      await consent.recordPrivacyControl(nobody);
      expect(await consent.states(nobody)).toBeNull();
      expect(await consent.permits(nobody, 'marketing')).toBe(false);
      expect(await consent.history(nobody)).toEqual([]);
    });
  });

  describe('with Global Privacy Control', () => {
    it('records an objection to each purpose, once', async () => {
      const id = await account('US');
      await Promise.all([1, 2, 3].map(() => consent.recordPrivacyControl(id)));
      const history = await consent.history(id);
      expect(history.every(({ granted, because }) => !granted && because === 'gpc')).toBe(true);
      expect(history.map(({ purpose }) => purpose).sort()).toEqual([
        'advertising-cookies',
        'analytics-cookies',
        'diagnostics',
        'marketing',
        'sharing',
      ]);
      const states = await consent.states(id);
      expect(states?.map(({ granted, because }) => [granted, because])).toEqual(
        Array.from({ length: 6 }, () => [false, 'gpc']),
      );
    });

    it('withdraws cookies and sharing that were granted before, and keeps the person’s other choices', async () => {
      const id = await account('DE');
      for (const purpose of [
        'marketing',
        'diagnostics',
        'analytics-cookies',
        'advertising-cookies',
      ] as const) {
        await consent.set(id, choice(purpose, true));
      }
      await consent.set(id, choice('sharing', true, 'web-analytics'));
      await consent.recordPrivacyControl(id);
      const granted = (await consent.states(id))?.filter((state) => state.granted);
      expect(granted?.map(({ purpose }) => purpose)).toEqual(['marketing', 'diagnostics']);
    });

    it('yields permanently to what the person grants afterwards', async () => {
      const id = await account();
      await consent.recordPrivacyControl(id);
      await consent.set(id, choice('analytics-cookies', true));
      await consent.set(id, choice('sharing', true, 'web-analytics'));
      await consent.recordPrivacyControl(id);
      const granted = (await consent.states(id))?.filter((state) => state.granted);
      expect(granted?.map(({ purpose, processor }) => [purpose, processor])).toEqual([
        ['analytics-cookies', null],
        ['sharing', 'web-analytics'],
      ]);
    });
  });

  it('records all choices that are made at the same time, in some order', async () => {
    const id = await account();
    const purposes = ['diagnostics', 'analytics-cookies', 'advertising-cookies'] as const;
    await Promise.all([
      ...purposes.map((purpose) => consent.set(id, choice(purpose, true))),
      consent.unsubscribe(id),
      consent.set(id, choice('sharing', true, 'crash-reports')),
    ]);
    expect(await consent.history(id)).toHaveLength(5);
    const [{ sequences }] = await database.query(
      'SELECT array_agg(sequence ORDER BY sequence) AS sequences FROM consent WHERE account_id = $1',
      [id],
    );
    expect(sequences).toEqual([1, 2, 3, 4, 5]);
  });

  it('survives the deletion of an account while a choice is made', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, () => account()));
    await Promise.all(
      ids.flatMap((id) => [
        consent.set(id, choice('diagnostics', true)),
        database.query('DELETE FROM account WHERE id = $1', [id]),
      ]),
    );
    const left = await database.query('SELECT FROM consent WHERE account_id = ANY($1)', [ids]);
    expect(left).toEqual([]);
  });

  it('permits marketing to exactly the recipients of a campaign, according to a model of the rules', async () => {
    type Step = 'grant' | 'refuse' | 'gpc' | 'unsubscribe' | 'other';
    const step = fc.constantFrom<Step[]>('grant', 'refuse', 'gpc', 'unsubscribe', 'other');
    const person = fc.record({
      country: fc.constantFrom('US', 'PR', 'DE', 'BR', null),
      steps: fc.array(step, { maxLength: 6 }),
    });
    const apply: Record<Step, (id: string) => Promise<unknown>> = {
      grant: (id) => consent.set(id, choice('marketing', true)),
      refuse: (id) => consent.set(id, choice('marketing', false)),
      gpc: (id) => consent.recordPrivacyControl(id),
      unsubscribe: (id) => consent.unsubscribe(id),
      other: (id) => consent.set(id, choice('diagnostics', true)),
    };
    const modelled = (country: string | null, steps: readonly Step[]) =>
      steps.reduce<boolean | null>((said, each) => {
        if (each === 'grant') return true;
        if (each === 'other') return said;
        return each === 'gpc' ? (said ?? false) : false;
      }, null) ?? OPT_OUT_COUNTRIES.includes(country ?? '');
    await fc.assert(
      fc.asyncProperty(
        fc.array(person, { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 3 }),
        async (people, page) => {
          const ids = await Promise.all(people.map(({ country }) => account(country)));
          await Promise.all(
            people.map(async ({ steps }, index) => {
              for (const each of steps) await apply[each](ids[index]!);
            }),
          );
          const expected = people.map(({ country, steps }) => modelled(country, steps));
          expect(await Promise.all(ids.map((id) => consent.permits(id, 'marketing')))).toEqual(expected);
          const reached = await recipients(page);
          expect(reached).toEqual([...reached].sort());
          expect(ids.map((id) => reached.includes(id))).toEqual(expected);
          await database.query('DELETE FROM account');
        },
      ),
      { numRuns: 40 },
    );
  });
});
