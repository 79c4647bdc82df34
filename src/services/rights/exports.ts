// Access and portability: the archive is built by whichever gateway comes first, waits sealed in parts for seven days, and is
// handed out to its owner alone. Whatever breaks, it is built anew.
import type { DataSource } from 'typeorm';
import { type Clock, daysAfter, today } from '../../day.js';
import type { Logger } from '../../operations/log.js';
import { type Passes, startPasses } from '../../operations/passes.js';
import type { Keyring } from '../../secrets/keyring.js';
import { alone } from '../alone.js';
import { done, type Outcome, refused } from '../fault.js';
import type { ArchiveBuilder } from './archive.js';
import type { RightsRequests } from './requests.js';

const PASS_EVERY_MS = 1000;
const DAYS_THERE = 7;
const DOWNLOAD_MS = 5 * 60_000;
const PART_OCTETS = 256 * 1024;

export interface ExportView {
  /** Percent. */
  readonly progress: number;
  /** Null until it is there. */
  readonly octets: number | null;
  readonly expiresOn: string | null;
}

export class RightsExports {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly keyring: Keyring;
      readonly requests: RightsRequests;
      readonly archive: Pick<ArchiveBuilder, 'build'>;
      readonly clock: Clock;
    },
  ) {}

  /** Builds what is asked for, and drops what is over. */
  async pass(): Promise<void> {
    const { database, clock } = this.parts;
    await database.query('DELETE FROM rights_export WHERE expires_on < $1', [today(clock())]);
    const asked = await database.query<{ id: string; accountId: string }[]>(
      `SELECT id, account_id AS "accountId" FROM rights_request
       WHERE closed_on IS NULL AND kind IN ('access', 'portability')
         AND status IN ('in-progress', 'extended') AND account_id IS NOT NULL ORDER BY due_on, id`,
    );
    for (const { id, accountId } of asked) {
      await alone(database, 'export', id, () => this.build(id, accountId));
    }
  }

  /** Null when there is none (any more). */
  async find(requestId: string): Promise<ExportView | null> {
    const [row] = await this.parts.database.query<ExportView[]>(
      `SELECT progress, octets, expires_on::text AS "expiresOn" FROM rights_export
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
    if (found === null || found.octets === null) return refused({ field: 'id', code: 'NO_EXPORT' });
    return done(keyring.issue('export-download', request.id, clock() + DOWNLOAD_MS));
  }

  /** What a ticket stands for: its size, and its octets a part at a time. Null when it is false, or the archive is gone. */
  async open(ticket: string): Promise<{ octets: number; content: AsyncIterable<Buffer> } | null> {
    const id = this.parts.keyring.redeem('export-download', ticket, this.parts.clock());
    const found = id === null ? null : await this.find(id);
    if (id === null || found === null || found.octets === null) return null;
    return { octets: found.octets, content: this.content(id) };
  }

  private async *content(id: string): AsyncGenerator<Buffer> {
    for (let number = 0; ; number += 1) {
      const [part] = await this.parts.database.query<{ sealed: string }[]>(
        'SELECT sealed_content AS sealed FROM rights_export_part WHERE request_id = $1 AND number = $2',
        [id, number],
      );
      if (part === undefined) return;
      const octets = this.parts.keyring.openOctets('rights-export', part.sealed, `${id}:${number}`);
      if (octets === null) throw new Error('a part of an archive cannot be opened');
      yield octets;
    }
  }

  private async build(id: string, accountId: string): Promise<void> {
    const { database, archive } = this.parts;
    // What an earlier attempt has left is worth nothing.
    await database.query('DELETE FROM rights_export WHERE request_id = $1', [id]);
    await database.query('INSERT INTO rights_export (request_id) VALUES ($1)', [id]);
    let percent = 0;
    const progress = (written: number, all: number) => {
      percent = Math.floor((99 * written) / all);
    };
    let [number, octets] = [0, 0];
    for await (const part of inParts(archive.build(accountId, progress))) {
      await this.writePart(id, number, part);
      await database.query('UPDATE rights_export SET progress = $2 WHERE request_id = $1', [id, percent]);
      number += 1;
      octets += part.length;
    }
    await this.complete(id, octets);
  }

  private async writePart(id: string, number: number, part: Buffer): Promise<void> {
    const sealed = this.parts.keyring.seal('rights-export', part, `${id}:${number}`);
    await this.parts.database.query(
      'INSERT INTO rights_export_part (request_id, number, sealed_content) VALUES ($1, $2, $3)',
      [id, number, sealed],
    );
  }

  private async complete(id: string, octets: number): Promise<void> {
    const { database, requests, clock } = this.parts;
    await database.transaction(async (manager) => {
      const expiresOn = daysAfter(today(clock()), DAYS_THERE);
      await manager.query(
        'UPDATE rights_export SET progress = 100, octets = $2, expires_on = $3 WHERE request_id = $1',
        [id, octets, expiresOn],
      );
      const fulfilled = await requests.advance(manager, id, 'fulfilled');
      // Withdrawn meanwhile.
      if (fulfilled === null) await manager.query('DELETE FROM rights_export WHERE request_id = $1', [id]);
    });
  }
}

async function* inParts(octets: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let waiting: Buffer[] = [];
  let length = 0;
  for await (const chunk of octets) {
    waiting.push(chunk);
    length += chunk.length;
    if (length < PART_OCTETS) continue;
    yield Buffer.concat(waiting);
    [waiting, length] = [[], 0];
  }
  if (length > 0) yield Buffer.concat(waiting);
}

/** At once and then every second. Any number of gateways may do so. */
export function startExports(exports: RightsExports, log: Logger): Passes {
  return startPasses(() => exports.pass(), { everyMs: PASS_EVERY_MS, part: 'rights', log });
}
