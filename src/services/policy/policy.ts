// The privacy policy for its readers: the version in force, who has accepted which version by using the product, and the mails
// that announce a material change before it takes effect.

import type { DataSource, EntityManager } from 'typeorm';
import { everyRow } from '../../jobs/each-row.js';
import { type Day, today } from '../../lib/calendar.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Session, SessionService } from '../sign-in/session.js';
import { policyChangeMail } from './mails/policy-change.js';
import type { LivePolicyVersions, PolicyVersion } from './policy-versions.js';

/** An advisory lock that nothing else in the database uses: the letters "cypn". */
const ANNOUNCEMENT_LOCK = 0x6379706e;

/** A mail is about a version that this gateway has not read yet, or no longer has. */
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

/** The e-mail addresses for questions about privacy. */
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

  /** All versions, including those not yet in force, in the order of their days. */
  versions(): readonly PolicyVersion[] {
    return this.live.all();
  }

  find(version: string): PolicyVersion | null {
    return this.versions().find((each) => each.version === version) ?? null;
  }

  /**
   * People accept a version by using the product under it (Privacy policy, "Changes"), so the day of the first use is recorded.
   * It is not consent, and nothing treats it as consent. The session remembers the version, so that this costs one statement for
   * each session and version.
   */
  async recordUse(token: string, session: Session): Promise<void> {
    const { version } = this.current();
    if (session.policyVersion === version) return;
    // A session may outlive its account for a moment; then there is nothing to record.
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
   * Queues a mail to every account for each material version that is not in force yet. All mails of a version are queued once,
   * or none are, even if several gateways do this at the same time. Returns how many mails were queued.
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
   * The version for its announcement. Throws UnknownPolicyVersion: the queue may give a mail to a gateway that has not read the
   * new list yet, and then tries again later.
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
