// Access and portability: one gateway builds the data export. It is stored sealed, in parts, for seven days, and is
// handed out to its owner alone. After any failure it is built again.
import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { AdvisoryLocks } from '../../../db/advisory-locks.js';
import type { RightsRequestStatus } from '../../../entities/rights/rights-request.js';
import { done, type Outcome, refused } from '../../../input/user-error.js';
import type { WatchingDue } from '../../../jobs/due-work.js';
import { type EachRow, eachRow, everyRow } from '../../../jobs/each-row.js';
import { type BackgroundJob, startDatedJob } from '../../../jobs/jobs.js';
import { type Clock, daysAfter, today } from '../../../lib/calendar.js';
import { MINUTE_MS } from '../../../lib/durations.js';
import type { Keyring } from '../../../secrets/keyring.js';
import type { RightsRequests } from '../requests.js';
import type { DataExportBuilder } from './data-export.js';

const RUN_EVERY_MS = 1000;
const DAYS_THERE = 7;
const DOWNLOAD_MS = 5 * MINUTE_MS;
const PART_BYTES = 256 * 1024;

/** Statuses in which a data export is built. */
const BUILT_IN: readonly RightsRequestStatus[] = ['in-progress', 'extended'];

/** Requests whose data export must be built. */
export const ASKED_EXPORTS = `rights_request
  WHERE closed_on IS NULL AND kind IN ('access', 'portability')
    AND status IN ('in-progress', 'extended') AND account_id IS NOT NULL`;
/** Data exports whose last day has passed. $1: today. */
export const OLD_EXPORTS = 'rights_export WHERE expires_on < $1';

export interface ExportView {
  /** Percent. */
  readonly progress: number;
  /** Null until it is there. */
  readonly bytes: number | null;
  readonly expiresOn: string | null;
}

export class RightsExports {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly keyring: Keyring;
      readonly locks: AdvisoryLocks;
      readonly requests: RightsRequests;
      readonly dataExport: Pick<DataExportBuilder, 'build'>;
      readonly clock: Clock;
    },
  ) {}

  /** Builds what is asked for, and drops what is over. */
  async run(each: EachRow = everyRow, now: number = this.parts.clock()): Promise<void> {
    const { database, locks } = this.parts;
    await database.query(`DELETE FROM ${OLD_EXPORTS}`, [today(now)]);
    const asked = await database.query<{ id: string }[]>(
      `SELECT id FROM ${ASKED_EXPORTS} ORDER BY due_on, id`,
    );
    await each(
      'asked',
      asked,
      ({ id }) => id,
      async ({ id }) => {
        await locks.withAdvisoryLock('export', id, () => this.build(id));
      },
    );
  }

  /** Null when there is none (any more). */
  async find(requestId: string): Promise<ExportView | null> {
    const [row] = await this.parts.database.query<ExportView[]>(
      `SELECT progress, bytes, expires_on::text AS "expiresOn" FROM rights_export
       WHERE request_id = $1 AND (expires_on IS NULL OR expires_on >= $2)`,
      [requestId, today(this.parts.clock())],
    );
    return row ?? null;
  }

  /** A token for five minutes of downloading, for the owner who has shown a fresh factor. */
  async ticket(requestId: string, accountId: string): Promise<Outcome<string>> {
    const { database, requests, keyring, clock } = this.parts;
    const request = await requests.find(database.manager, requestId);
    if (request === null || request.accountId !== accountId) {
      return refused({ field: 'id', code: 'UNKNOWN_REQUEST' });
    }
    const found = await this.find(requestId);
    if (found === null || found.bytes === null) return refused({ field: 'id', code: 'NO_EXPORT' });
    return done(keyring.issue('export-download', request.id, clock() + DOWNLOAD_MS));
  }

  /** The export that a ticket names: its size, and its bytes in parts. Null for an invalid ticket, or when the export is gone. */
  async open(ticket: string): Promise<{ bytes: number; content: AsyncIterable<Buffer> } | null> {
    const id = this.parts.keyring.redeem('export-download', ticket, this.parts.clock());
    const found = id === null ? null : await this.find(id);
    if (id === null || found === null || found.bytes === null) return null;
    return { bytes: found.bytes, content: this.content(id) };
  }

  private async *content(id: string): AsyncGenerator<Buffer> {
    for (let number = 0; ; number += 1) {
      const [part] = await this.parts.database.query<{ sealed: string }[]>(
        'SELECT sealed_content AS sealed FROM rights_export_part WHERE request_id = $1 AND number = $2',
        [id, number],
      );
      if (part === undefined) return;
      const bytes = this.parts.keyring.openBytes('rights-export', part.sealed, `${id}:${number}`);
      if (bytes === null) throw new Error('a part of a data export cannot be opened');
      yield bytes;
    }
  }

  /** Under the lock: another gateway may have built it since the list was read. */
  private async build(id: string): Promise<void> {
    const { database, dataExport, requests } = this.parts;
    const request = await requests.find(database.manager, id);
    if (request === null || request.accountId === null || !BUILT_IN.includes(request.status)) return;
    const build = await this.begin(id);
    let percent = 0;
    const progress = (written: number, all: number) => {
      percent = Math.floor((99 * written) / all);
    };
    let [number, bytes] = [0, 0];
    for await (const part of inParts(dataExport.build(request.accountId, progress))) {
      // Withdrawn or erased meanwhile, or begun again by a gateway that got the lock when this one lost it.
      if (!(await this.writePart({ id, build, number, percent }, part))) return;
      number += 1;
      bytes += part.length;
    }
    // Nothing, when the account was erased meanwhile.
    if (bytes > 0) await this.complete(id, build, bytes);
  }

  /** What an earlier attempt has left is dropped. Returns the name of this attempt. */
  private async begin(id: string): Promise<string> {
    const build = randomUUID();
    await this.parts.database.transaction(async (manager) => {
      await manager.query('DELETE FROM rights_export WHERE request_id = $1', [id]);
      await manager.query('INSERT INTO rights_export (request_id, build) VALUES ($1, $2)', [id, build]);
    });
    return build;
  }

  /** False when the attempt is not the present one any more. */
  private async writePart(
    { id, build, number, percent }: { id: string; build: string; number: number; percent: number },
    part: Buffer,
  ): Promise<boolean> {
    const { database, keyring } = this.parts;
    const sealed = keyring.seal('rights-export', part, `${id}:${number}`);
    const written = await database.query<unknown[]>(
      `WITH present AS (
         UPDATE rights_export SET progress = $5 WHERE request_id = $1 AND build = $4 RETURNING request_id
       )
       INSERT INTO rights_export_part (request_id, number, sealed_content)
       SELECT request_id, $2::integer, $3 FROM present RETURNING number`,
      [id, number, sealed, build, percent],
    );
    return written.length > 0;
  }

  private async complete(id: string, build: string, bytes: number): Promise<void> {
    const { database, requests, clock } = this.parts;
    await database.transaction(async (manager) => {
      const expiresOn = daysAfter(today(clock()), DAYS_THERE);
      const [, count] = await manager.query<[unknown[], number]>(
        `UPDATE rights_export SET progress = 100, bytes = $3, expires_on = $4
         WHERE request_id = $1 AND build = $2`,
        [id, build, bytes, expiresOn],
      );
      if (count === 0) return;
      const fulfilled = await requests.advance(manager, id, 'fulfilled');
      // Withdrawn meanwhile.
      if (fulfilled === null) await manager.query('DELETE FROM rights_export WHERE request_id = $1', [id]);
    });
  }
}

async function* inParts(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of bytes) {
    waiting.push(chunk);
    length += chunk.length;
    if (length < PART_BYTES) continue;
    yield Buffer.concat(waiting);
    [waiting, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(waiting);
}

/** At once and then every second. Any number of gateways may do so. */
export function startExports(
  exports: RightsExports,
  { clock, due, ...watching }: WatchingDue,
): BackgroundJob {
  const { log } = watching;
  const each = eachRow({ job: 'exports', ...watching });
  const run = async (now: number) => {
    if (await due.has('exports')) await exports.run(each, now);
  };
  return startDatedJob(run, { everyMs: RUN_EVERY_MS, together: true, part: 'rights', log, clock });
}
