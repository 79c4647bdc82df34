// Erasure: everything that hangs on an account leaves every store, step by step. Each step can be repeated, and the next one
// is written down, so that whatever dies in between, the rest is done when a gateway lives (decision 0020).

import type { DataSource, EntityManager } from 'typeorm';
import type { Networks } from '../../allowlist/networks.js';
import type { AdvisoryLocks } from '../../db/advisory-locks.js';
import type { WatchingDue } from '../../jobs/due-work.js';
import { type EachRow, eachRow, everyRow } from '../../jobs/each-row.js';
import { type BackgroundJob, startDatedJob } from '../../jobs/jobs.js';
import { type Clock, type Day, today } from '../../lib/calendar.js';
import { inTurn } from '../../lib/in-turn.js';
import type { Locale } from '../../lib/locale.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { MinorReports } from '../account/minor-reports.js';
import { type ProcessorRegister, toBeTold } from '../policy/processors.js';
import { forgetAddress } from '../rights/identification.js';
import type { RightsRequests } from '../rights/requests.js';
import { deletePending } from '../sign-in/pending.js';
import type { SessionService } from '../sign-in/session.js';
import { lockAccounts } from '../usage/storage.js';
import { accountClosedMail } from './mails/account-closed.js';
import { processorErasureMail } from './mails/processor-erasure.js';

const RUN_EVERY_MS = 1000;

/** In their order. What lets somebody act goes first, and again last, for a request that was on its way. */
const STEPS = ['sessions', 'addresses', 'processors', 'rows', 'latecomers'] as const;
type Step = (typeof STEPS)[number];

interface Erasure {
  readonly accountId: string;
  readonly requestId: string | null;
  readonly step: Step;
  readonly sealedRest: string | null;
}

/** Deletions whose day has come; $1: today. */
/** Requests for deletion whose day has come. $1: today. */
export const DUE_ERASURES = `rights_request WHERE closed_on IS NULL AND kind = 'deletion'
  AND status IN ('in-progress', 'extended') AND account_id IS NOT NULL AND erases_on <= $1`;

interface Cause {
  /** The rights request that it answers. */
  readonly requestId?: string | null;
  /** The reference of the case for which staff close the account. It appears in the last mail and nowhere else. */
  readonly caseReference?: string;
}

export class ErasureService {
  private readonly inTurn = inTurn();

  private readonly work: Readonly<Record<Step, (erasure: Erasure) => Promise<void>>> = {
    sessions: async (erasure) => {
      await this.parts.sessions.revokeAll(erasure.accountId);
      await this.goOn(this.parts.database, erasure, 'addresses');
    },
    addresses: async (erasure) => {
      await this.parts.networks.removeAccount(erasure.accountId);
      await this.goOn(this.parts.database, erasure, 'processors');
    },
    processors: (erasure) =>
      this.parts.database.transaction(async (manager) => {
        await this.tellProcessors(manager, erasure.accountId);
        await this.goOn(manager, erasure, 'rows');
      }),
    // One of this process waits for the lock of all accounts, and the others keep no connection waiting behind it.
    rows: (erasure) =>
      this.inTurn(() =>
        this.parts.database.transaction(async (manager) => {
          await this.eraseRows(manager, erasure);
          await this.goOn(manager, erasure, 'latecomers');
        }),
      ),
    latecomers: async ({ accountId }) => {
      await this.parts.sessions.revokeAll(accountId);
      await this.parts.networks.removeAccount(accountId);
      await this.parts.database.query('DELETE FROM erasure WHERE account_id = $1', [accountId]);
    },
  };

  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly keyring: Keyring;
      readonly locks: AdvisoryLocks;
      readonly minorReports: Pick<MinorReports, 'due' | 'take'>;
      readonly outbox: Outbox;
      readonly processors: ProcessorRegister;
      readonly requests: RightsRequests;
      readonly sessions: SessionService;
      readonly networks: Pick<Networks, 'removeAccount'>;
      readonly clock: Clock;
    },
  ) {}

  /** False when there is no such account. When this rejects, the rest is done by `resume`. */
  async erase(accountId: string, cause: Cause = {}): Promise<boolean> {
    if (!(await this.write(this.parts.database, accountId, cause))) return false;
    await this.finish(accountId);
    return true;
  }

  /** Begins the deletions whose day has come, asked for or reported, and does the rest of whatever was begun. */
  async resume(each: EachRow = everyRow, time: number = this.parts.clock()): Promise<void> {
    const { database, minorReports } = this.parts;
    const now = today(time);
    const due = await database.query<{ id: string }[]>(`SELECT rights_request.id FROM ${DUE_ERASURES}`, [
      now,
    ]);
    await each(
      'due',
      due,
      ({ id }) => id,
      ({ id }) => this.begin(id, now),
    );
    await each(
      'reported',
      await minorReports.due(now),
      ({ accountId }) => accountId,
      ({ accountId }) => this.beginReported(accountId, now),
    );
    const begun = await database.query<{ accountId: string }[]>(
      'SELECT account_id AS "accountId" FROM erasure',
    );
    await each(
      'begun',
      begun,
      ({ accountId }) => accountId,
      ({ accountId }) => this.finish(accountId),
    );
  }

  /** Unless the person has changed their mind since the list was read: who takes the request back holds its row. */
  private async begin(requestId: string, now: Day): Promise<void> {
    await this.parts.database.transaction(async (manager) => {
      const [due] = await manager.query<{ accountId: string }[]>(
        `SELECT account_id AS "accountId" FROM ${DUE_ERASURES} AND rights_request.id = $2 FOR UPDATE`,
        [now, requestId],
      );
      if (due !== undefined) await this.write(manager, due.accountId, { requestId });
    });
  }

  /** Unless the report was withdrawn since the list was read; from now on it cannot be. */
  private async beginReported(accountId: string, now: Day): Promise<void> {
    await this.parts.database.transaction(async (manager) => {
      const report = await this.parts.minorReports.take(manager, accountId, now);
      if (report !== null) await this.write(manager, accountId, { caseReference: report.caseReference });
    });
  }

  /** That an erasure begins, which `resume` does; false when there is no such account. */
  async write(
    manager: Pick<EntityManager, 'query'>,
    accountId: string,
    { requestId = null, ...rest }: Cause = {},
  ): Promise<boolean> {
    const sealed = this.parts.keyring.seal('erasure', JSON.stringify(rest), accountId);
    const begun = await manager.query<unknown[]>(
      `INSERT INTO erasure (account_id, request_id, step, sealed_rest)
       SELECT id, $2, $3, $4 FROM account WHERE id = $1
       ON CONFLICT (account_id) DO UPDATE SET request_id = coalesce(erasure.request_id, excluded.request_id)
       RETURNING account_id`,
      [accountId, requestId, STEPS[0], sealed],
    );
    return begun.length > 0;
  }

  /** Does what is left to do; nothing when somebody else is doing it. */
  private async finish(accountId: string): Promise<void> {
    const { database, locks } = this.parts;
    await locks.withAdvisoryLock('erasure', accountId, async () => {
      for (;;) {
        const [erasure] = await database.query<Erasure[]>(
          `SELECT account_id AS "accountId", request_id AS "requestId", step, sealed_rest AS "sealedRest"
           FROM erasure WHERE account_id = $1`,
          [accountId],
        );
        if (erasure === undefined) return;
        await this.work[erasure.step](erasure);
      }
    });
  }

  private async goOn(
    manager: Pick<EntityManager, 'query'>,
    { accountId }: Erasure,
    step: Step,
  ): Promise<void> {
    await manager.query('UPDATE erasure SET step = $2 WHERE account_id = $1', [accountId, step]);
  }

  /** GDPR, Article 19: every processor that knows the person by some reference is notified to erase it, too. */
  private async tellProcessors(manager: EntityManager, accountId: string): Promise<void> {
    const [billing] = await manager.query<{ paymentReference: string }[]>(
      `SELECT payment_reference AS "paymentReference" FROM billing_profile
       WHERE account_id = $1 AND payment_reference IS NOT NULL`,
      [accountId],
    );
    if (billing === undefined) return;
    for (const { id } of toBeTold(this.parts.processors)) {
      const { paymentReference } = this.parts.processors.permitted(id, billing);
      await this.parts.outbox.put(manager, processorErasureMail, { processor: id, paymentReference });
    }
  }

  private async eraseRows(manager: EntityManager, erasure: Erasure): Promise<void> {
    const { accountId } = erasure;
    await this.parts.outbox.discard(manager, accountId);
    // Waits for transactions that write usage now; later ones find no account.
    await lockAccounts(manager, 'exclusive');
    await this.endRequests(manager, erasure);
    const [[account]] = await manager.query<[{ email: string; locale: Locale }[], number]>(
      'DELETE FROM account WHERE id = $1 RETURNING email, locale',
      [accountId],
    );
    if (account === undefined) return;
    for (const table of ['usage_report_row', 'usage_day']) {
      await manager.query(`DELETE FROM ${table} WHERE account_id = $1`, [accountId]);
    }
    const { email, locale } = account;
    await deletePending(manager, email);
    await forgetAddress(manager, this.parts.keyring, email);
    await this.parts.outbox.put(manager, accountClosedMail, {
      address: email,
      locale,
      caseReference: this.caseReferenceOf(erasure),
    });
  }

  /** What stays of the account's requests is their kind, days and outcome. The deletion itself is fulfilled. */
  private async endRequests(manager: EntityManager, { accountId, requestId }: Erasure): Promise<void> {
    const open = await manager.query<{ id: string }[]>(
      'SELECT id FROM rights_request WHERE account_id = $1 AND closed_on IS NULL ORDER BY id',
      [accountId],
    );
    for (const { id } of open) {
      const outcome = id === requestId ? 'fulfilled' : 'erased';
      await this.parts.requests.advance(manager, id, outcome, { unmailed: true });
    }
    await manager.query(
      'DELETE FROM rights_export WHERE request_id IN (SELECT id FROM rights_request WHERE account_id = $1)',
      [accountId],
    );
    await manager.query(
      `UPDATE rights_request SET sealed_details = NULL, sealed_answer = NULL, sealed_appeal = NULL, handler_id = NULL,
         entered_by = NULL
       WHERE account_id = $1`,
      [accountId],
    );
  }

  private caseReferenceOf({ accountId, sealedRest }: Erasure): string | null {
    const rest = this.parts.keyring.open('erasure', sealedRest ?? '', accountId);
    return (JSON.parse(rest ?? '{}') as Cause).caseReference ?? null;
  }
}

/** At once and then every second. Any number of gateways may do so. */
export function startErasures(
  erasure: ErasureService,
  { clock, due, ...watching }: WatchingDue,
): BackgroundJob {
  const { log } = watching;
  const each = eachRow({ job: 'erasures', ...watching });
  const run = async (now: number) => {
    if (await due.has('erasures')) await erasure.resume(each, now);
  };
  return startDatedJob(run, { everyMs: RUN_EVERY_MS, together: true, part: 'rights', log, clock });
}
