// Consent: a ledger of what each person has agreed or objected to. It is read at every use, so that a withdrawal takes effect
// everywhere immediately.
import type { DataSource, EntityManager } from 'typeorm';
import type { ConsentPurpose, ConsentSource } from '../../entities/consent/consent.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { done, type Outcome, refused } from '../../input/user-error.js';
import { type Day, today } from '../../lib/calendar.js';

/** An entry of the ledger. */
export interface ConsentEntry {
  readonly purpose: ConsentPurpose;
  /** The processor's id; null when the entry is not about one. */
  readonly processor: string | null;
  readonly granted: boolean;
  readonly because: ConsentSource;
  readonly policyVersion: string;
  readonly day: Day;
}

/** The current state of a purpose. Without an entry the default applies, which has neither day nor version. */
export interface ConsentState {
  readonly purpose: ConsentPurpose;
  readonly processor: string | null;
  readonly granted: boolean;
  readonly because: ConsentSource | 'default';
  readonly since: Day | null;
  readonly policyVersion: string | null;
}

export interface ConsentChoice {
  readonly purpose: ConsentPurpose;
  readonly processor: string | null;
  readonly granted: boolean;
}

const WITHOUT_PROCESSOR = ['marketing', 'diagnostics', 'analytics-cookies', 'advertising-cookies'] as const;

/** Selling and sharing: Global Privacy Control objects to these even if the person has consented before. */
const SALE_OR_SHARING: readonly ConsentPurpose[] = ['analytics-cookies', 'advertising-cookies', 'sharing'];
/** Global Privacy Control objects to these unless the person has made a choice of their own. */
const OTHERWISE_OPTIONAL: readonly ConsentPurpose[] = ['marketing', 'diagnostics'];

/**
 * The current state of each asked purpose, for each account: that of the newest entry, or else the default. The default is no
 * consent, except for marketing in countries whose law does not require it. While the person restricts processing, nothing is
 * granted. An entry without a processor applies to all processors. $1: purposes, $2: the processor of each, or an empty string,
 * $3: those countries.
 */
const EFFECTIVE = `
  SELECT account.id, asked.purpose, asked.processor, position, latest.source, latest.policy_version, latest.day,
    NOT account.restricts_processing
      AND coalesce(latest.granted, asked.purpose = 'marketing' AND account.country = ANY($3), false) AS granted
  FROM account
  CROSS JOIN unnest($1::text[], $2::text[]) WITH ORDINALITY AS asked (purpose, processor, position)
  LEFT JOIN LATERAL (
    SELECT granted, source, policy_version, day FROM consent
    WHERE account_id = account.id AND purpose = asked.purpose AND processor IN ('', asked.processor)
    ORDER BY sequence DESC LIMIT 1
  ) AS latest ON true`;

/** Less than any UUID of version 4. */
const BEFORE_ALL = '00000000-0000-0000-0000-000000000000';

const NEXT_SEQUENCE = '(SELECT coalesce(max(sequence), 0) FROM consent WHERE account_id = $1)';

export class ConsentService {
  private readonly optOutCountries: readonly string[];
  private readonly processors: readonly string[];
  private readonly policyVersion: () => string;

  /**
   * `optOutCountries`: where marketing needs no consent. `processors`: ids of the processors that need consent.
   * `policyVersion`: returns the version in force.
   */
  constructor(
    private readonly database: DataSource,
    private readonly throttle: Pick<Throttle, 'allows'>,
    options: {
      optOutCountries: readonly string[];
      processors: readonly string[];
      policyVersion: () => string;
    },
  ) {
    this.optOutCountries = options.optOutCountries;
    this.processors = options.processors;
    this.policyVersion = options.policyVersion;
  }

  /** Whether the person consents at this moment. False for an account that does not exist. */
  async permits(accountId: string, purpose: ConsentPurpose, processor = ''): Promise<boolean> {
    const [state] = await this.database.query<{ granted: boolean }[]>(
      `SELECT granted FROM (${EFFECTIVE}) AS effective WHERE id = $4`,
      [[purpose], [processor], this.optOutCountries, accountId],
    );
    return state?.granted ?? false;
  }

  /**
   * Ids of accounts that may be sent marketing at this moment, in their order: the first `limit` after `after`, or from the
   * beginning when it is null.
   */
  async marketingRecipients(manager: EntityManager, after: string | null, limit: number): Promise<string[]> {
    const accounts = await manager.query<{ id: string }[]>(
      `SELECT id FROM (${EFFECTIVE}) AS effective
       WHERE granted AND id > $4 ORDER BY id LIMIT $5`,
      [['marketing'], [''], this.optOutCountries, after ?? BEFORE_ALL, limit],
    );
    return accounts.map(({ id }) => id);
  }

  /** The state of every purpose, and of sharing with each processor; null when there is no such account. */
  async states(accountId: string): Promise<ConsentState[] | null> {
    const asked = [
      ...WITHOUT_PROCESSOR.map((purpose) => ({ purpose, processor: '' })),
      ...this.processors.map((processor) => ({ purpose: 'sharing', processor }) as const),
    ];
    const states = await this.read(accountId, asked);
    return states.length === 0 ? null : states;
  }

  /** The account's whole ledger, the newest entry first. */
  async history(accountId: string): Promise<ConsentEntry[]> {
    return this.database.query<ConsentEntry[]>(
      `SELECT purpose, nullif(processor, '') AS processor, granted, source AS because,
         policy_version AS "policyVersion", day::text
       FROM consent WHERE account_id = $1 ORDER BY sequence DESC`,
      [accountId],
    );
  }

  /** Records the person's choice; the same choice again adds no entry. Null when there is no such account. */
  async set(accountId: string, choice: ConsentChoice): Promise<Outcome<ConsentState | null>> {
    const { purpose, granted } = choice;
    const processor = choice.processor ?? '';
    if (purpose !== 'sharing' && processor !== '') {
      return refused({ field: 'processorId', code: 'PROCESSOR_WITHOUT_SHARING' });
    }
    if (purpose === 'sharing' && !this.processors.includes(processor)) {
      return refused({ field: 'processorId', code: 'UNKNOWN_PROCESSOR' });
    }
    if (granted && !(await this.throttle.allows('consent', { accountId }))) {
      return refused({ field: null, code: 'TOO_MANY_ATTEMPTS' });
    }
    await this.record(accountId, { purpose, processor, granted, source: 'person' });
    const [state] = await this.read(accountId, [{ purpose, processor }]);
    return done(state ?? null);
  }

  /** Withdraws consents in the caller's transaction; sharing is withdrawn for all processors. */
  async withdraw(
    manager: EntityManager,
    accountId: string,
    purposes: readonly ConsentPurpose[],
    source: ConsentSource,
  ): Promise<void> {
    for (const purpose of purposes) {
      const entry = { purpose, processor: '', granted: false, source } as const;
      await this.record(accountId, entry, manager);
    }
  }

  /** Stops marketing by a mail's link. Does nothing for an account that does not exist. */
  async unsubscribe(accountId: string): Promise<void> {
    await this.record(accountId, {
      purpose: 'marketing',
      processor: '',
      granted: false,
      source: 'unsubscribe',
    });
  }

  /**
   * Records, once for each account, that the person's browser objects by Global Privacy Control. Choices that the person makes
   * later take precedence (decision 0007).
   */
  async recordPrivacyControl(accountId: string): Promise<void> {
    const known = await this.database.query<unknown[]>(
      `SELECT FROM consent WHERE account_id = $1 AND purpose = 'sharing' AND source = 'gpc'`,
      [accountId],
    );
    if (known.length > 0) return;
    await this.append(
      accountId,
      `INSERT INTO consent (account_id, sequence, purpose, processor, granted, source, policy_version, day)
       SELECT $1, ${NEXT_SEQUENCE} + row_number() OVER (), purpose, '', false, 'gpc', $2, $3
       FROM unnest($4::text[]) AS objected (purpose)
       WHERE NOT EXISTS (
         SELECT FROM consent WHERE account_id = $1 AND consent.purpose = objected.purpose
         AND (source = 'gpc' OR consent.purpose = ANY($5))
       )`,
      [[...OTHERWISE_OPTIONAL, ...SALE_OR_SHARING], OTHERWISE_OPTIONAL],
    );
  }

  private async record(
    accountId: string,
    entry: { purpose: ConsentPurpose; processor: string; granted: boolean; source: ConsentSource },
    manager?: EntityManager,
  ): Promise<void> {
    const { purpose, processor, granted, source } = entry;
    await this.append(
      accountId,
      `INSERT INTO consent (account_id, sequence, purpose, processor, granted, source, policy_version, day)
       SELECT $1, ${NEXT_SEQUENCE} + 1, $4, $5, $6, $7, $2, $3
       WHERE $6 IS DISTINCT FROM (
         SELECT granted FROM consent WHERE account_id = $1 AND purpose = $4 AND processor IN ('', $5)
         ORDER BY sequence DESC LIMIT 1
       )`,
      [purpose, processor, granted, source],
      manager,
    );
  }

  /** Parameters of `insert`: $1 the account, $2 the policy's version, $3 the day, and `values` from $4 on. */
  private async append(
    accountId: string,
    insert: string,
    values: readonly unknown[],
    within?: EntityManager,
  ): Promise<void> {
    await (within ?? this.database).transaction(async (manager) => {
      // The lock makes it one at a time: a statement that waits for another does not see what that one has written.
      const accounts = await manager.query<unknown[]>('SELECT FROM account WHERE id = $1 FOR NO KEY UPDATE', [
        accountId,
      ]);
      if (accounts.length === 0) return;
      await manager.query(insert, [accountId, this.policyVersion(), today(), ...values]);
    });
  }

  private async read(
    accountId: string,
    asked: readonly { purpose: ConsentPurpose; processor: string }[],
  ): Promise<ConsentState[]> {
    return this.database.query<ConsentState[]>(
      `SELECT purpose, nullif(processor, '') AS processor, granted, coalesce(source, 'default') AS because,
         day::text AS since, policy_version AS "policyVersion"
       FROM (${EFFECTIVE}) AS effective WHERE id = $4 ORDER BY position`,
      [
        asked.map(({ purpose }) => purpose),
        asked.map(({ processor }) => processor),
        this.optOutCountries,
        accountId,
      ],
    );
  }
}
