// The privacy policy as people meet it: the version in force, who has used the product under which, and the mails that
// tell of a material change ahead of its day.

import type { DataSource, EntityManager } from 'typeorm';
import { everyRow } from '../../jobs/each-row.js';
import { type Day, today } from '../../lib/calendar.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Session, SessionService } from '../sign-in/session.js';
import { policyChangeMail } from './mails/policy-change.js';
import type { LivePolicyVersions, PolicyVersion } from './policy-versions.js';

/** Any number that nothing else in the database locks: the letters "cypn". */
const ANNOUNCEMENT_LOCK = 0x6379706e;

/** A mail is about a version that this gateway has not read, or does not have any more. */
export class UnknownPolicyVersion extends Error {
  override readonly name = 'UnknownPolicyVersion';

  constructor() {
    super('no such version of the privacy policy');
  }
}

export interface PolicyAcceptance {
  readonly version: string;
  readonly acceptedOn: Day;
}

/** Whom people write to about privacy; e-mail addresses. */
export interface PolicyContacts {
  readonly contact: string;
  /** The data protection specialist (Privacy policy, last section). */
  readonly dataProtectionSpecialist: string;
}

export class PolicyService {
  private readonly database: DataSource;
  private readonly sessions: SessionService;
  private readonly outbox: Outbox;
  private readonly live: LivePolicyVersions;
  private readonly now: () => number;
  readonly contacts: PolicyContacts;

  /** `now`: milliseconds since the epoch. */
  constructor(options: {
    database: DataSource;
    sessions: SessionService;
    outbox: Outbox;
    versions: LivePolicyVersions;
    contacts: PolicyContacts;
    now?: () => number;
  }) {
    this.database = options.database;
    this.sessions = options.sessions;
    this.outbox = options.outbox;
    this.live = options.versions;
    this.contacts = options.contacts;
    this.now = options.now ?? Date.now;
  }

  /** The version in force today (UTC). */
  current(): PolicyVersion {
    return this.live.current();
  }

  /** All, with those that are not in force yet, in the order of their days. */
  versions(): readonly PolicyVersion[] {
    return this.live.all();
  }

  find(version: string): PolicyVersion | null {
    return this.versions().find((each) => each.version === version) ?? null;
  }

  /**
   * Using the product under a version is accepting it (Privacy policy, "Changes"), so the first use is recorded, by
   * day. It is no consent, and nothing reads it as one. The session remembers, so that this costs one statement per
   * session and version, and nothing after it.
   */
  async recordUse(token: string, session: Session): Promise<void> {
    const { version } = this.current();
    if (session.policyVersion === version) return;
    // A session may outlive its account by moments; then there is nothing to record.
    await this.database.query(
      `INSERT INTO policy_acceptance (account_id, version, accepted_on)
       SELECT id, $2, $3 FROM account WHERE id = $1 ON CONFLICT DO NOTHING`,
      [session.accountId, version, today(this.now())],
    );
    await this.sessions.rememberPolicy(token, session, version);
  }

  /** By day. */
  async acceptances(accountId: string): Promise<PolicyAcceptance[]> {
    return this.database.query(
      `SELECT version, accepted_on::text AS "acceptedOn" FROM policy_acceptance
       WHERE account_id = $1 ORDER BY accepted_on, version`,
      [accountId],
    );
  }

  /**
   * Queues a mail to every account for each material version that is not in force yet: once per version, all of them
   * or none, however many gateways do it at the same time. Returns how many mails it has queued.
   */
  async announce(now: number = this.now()): Promise<number> {
    const day = today(now);
    const ahead = this.versions().filter(({ material, effectiveOn }) => material && effectiveOn > day);
    let mails = 0;
    await everyRow(
      'versions',
      ahead,
      ({ version }) => version,
      async ({ version }) => {
        mails += await this.database.transaction((manager) => this.announceVersion(manager, version, day));
      },
    );
    return mails;
  }

  /**
   * What a mail tells of the version. Throws UnknownPolicyVersion: while gateways read a new list one after the other,
   * the queue may hand a mail to one that has not read it yet, and tries again then.
   */
  announced(version: string): PolicyVersion {
    const found = this.find(version);
    if (found === null) throw new UnknownPolicyVersion();
    return found;
  }

  private async announceVersion(manager: EntityManager, version: string, day: Day): Promise<number> {
    // Another gateway is doing it. If it fails, the next run of either begins again.
    const [{ locked }] = await manager.query<[{ locked: boolean }]>(
      'SELECT pg_try_advisory_xact_lock($1) AS locked',
      [ANNOUNCEMENT_LOCK],
    );
    if (!locked) return 0;
    const noted = await manager.query<unknown[]>(
      'INSERT INTO policy_notice (version, announced_on) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING version',
      [version, day],
    );
    if (noted.length === 0) return 0;
    return this.outbox.putForEach(
      manager,
      policyChangeMail,
      (after, limit) => accountsAfter(manager, after, limit),
      (accountId) => ({ accountId, version }),
    );
  }
}

async function accountsAfter(manager: EntityManager, after: string | null, limit: number): Promise<string[]> {
  const accounts = await manager.query<{ id: string }[]>(
    'SELECT id FROM account WHERE $1::uuid IS NULL OR id > $1 ORDER BY id LIMIT $2',
    [after, limit],
  );
  return accounts.map(({ id }) => id);
}
