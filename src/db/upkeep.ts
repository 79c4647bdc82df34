// Removes from the disk of Postgres what was deleted: bytes of rows that are gone, and the times at which rows were written.

import pg from 'pg';
import { type BackgroundJob, startJob } from '../jobs/jobs.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../lib/durations.js';
import type { Logger } from '../runtime/log.js';
import { createPostgres } from './postgres.js';

/** Milliseconds between two runs. The write-ahead log holds the time of a commit for this long, at most twice as long. */
const EVERY_MS = 5 * MINUTE_MS;

/** How long a rewrite waits for statements that use the table. Others wait behind it. */
const LOCK_MS = 500;
/** How long a rewrite may block a table; then it is given up. */
const REWRITE_MS = 10_000;

const MEGABYTE = 1024 * 1024;
/** Tables up to this size, with their indexes, are rewritten every hour, in less than a second. */
const SMALL_BYTES = 64 * MEGABYTE;
/** Tables up to this size are rewritten at night (UTC) when rows have been deleted. */
export const LARGE_BYTES = 1024 * MEGABYTE;
/** The mail queue is rewritten at each run while no more mails than these wait, such as those of a campaign. */
const WAITING_MAILS = 50_000;
/** Hours after midnight: a table that was in use gets another try. */
const NIGHT_HOURS = 3;

/** A number that nothing else in the database locks: the letters "cyup". */
const LOCK = 0x63797570;

/** The mail queue: its rows have times of day, and the number of the transaction that also wrote what the mail is about. */
const QUEUE = 'graphile_worker._private_jobs';

interface Table {
  readonly name: string;
  readonly bytes: number;
  readonly rows: number;
  /** The number of deleted row versions since Postgres began to count. */
  readonly gone: number;
}

/** Every table with rows of the product. `relkind` r: partitions, but not partitioned tables. */
const TABLES = `
  SELECT format('%I.%I', nspname, relname) AS name, pg_total_relation_size(pg_class.oid)::float8 AS bytes,
    pg_stat_get_live_tuples(pg_class.oid)::float8 AS rows,
    (pg_stat_get_tuples_updated(pg_class.oid) + pg_stat_get_tuples_deleted(pg_class.oid))::float8 AS gone
  FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
  WHERE relkind = 'r' AND nspname IN ('public', 'graphile_worker')
  ORDER BY 1`;

/** Something that was due could not be done; it is tried again at the next run. `code`: an SQLSTATE. */
class UpkeepFailed extends Error {
  override readonly name = 'UpkeepFailed';
  constructor(readonly code: string) {
    super('the upkeep of Postgres has failed');
  }
}

/** When a table was rewritten, in hours and days since the epoch, and how many row versions were deleted by then. */
interface Rewritten {
  readonly hour: number;
  readonly day: number;
  readonly gone: number;
}

/** Which of several gateways rewrites a table. */
export interface RewriteClaims {
  /** Returns true to one gateway within so many milliseconds. */
  take(table: string, restMs: number): Promise<boolean>;
  /** The table could not be rewritten: any gateway may try again. */
  giveBack(table: string): Promise<void>;
}

const SINGLE_GATEWAY: RewriteClaims = { take: async () => true, giveBack: async () => {} };

export class PostgresUpkeep {
  private readonly rewritten = new Map<string, Rewritten>();
  private stopped = false;

  constructor(
    private readonly databaseUrl: string,
    private readonly clock: () => number = Date.now,
    private readonly claims: RewriteClaims = SINGLE_GATEWAY,
  ) {}

  /**
   * Rewrites the tables that are due, and starts a new write-ahead log. Does nothing while another gateway does it. Rejects
   * with UpkeepFailed after it has done what it could, or with an error of pg.
   */
  async run(): Promise<void> {
    const client = createPostgres({ connectionString: this.databaseUrl });
    await client.connect();
    try {
      const { rows } = await client.query('SELECT pg_try_advisory_lock($1) AS mine', [LOCK]);
      if (!rows[0].mine) return;
      const failures = await this.rewriteTables(client);
      await beginNewLog(client);
      if (failures.length > 0) throw new UpkeepFailed(failures[0]!);
    } finally {
      await client.end();
    }
  }

  /** The run ends after the current table. */
  stop(): void {
    this.stopped = true;
  }

  /** Returns the SQLSTATE of each table that could not be rewritten. */
  private async rewriteTables(client: pg.Client): Promise<string[]> {
    const hour = Math.floor(this.clock() / HOUR_MS);
    const day = Math.floor(this.clock() / DAY_MS);
    const { rows } = await client.query<Table>(TABLES);
    await client.query(`SET lock_timeout = ${LOCK_MS}; SET statement_timeout = ${REWRITE_MS}`);
    const failures: string[] = [];
    for (const table of rows) {
      if (this.stopped) break;
      if (!isDue(table, { hour, day }, this.rewritten.get(table.name))) continue;
      const { name, gone } = table;
      // The mail queue is rewritten at every run of every gateway.
      const isMine = name === QUEUE || (await this.claims.take(name, this.untilDue(table)));
      const failure = isMine ? await codeOf(rewrite(client, name)) : null;
      if (failure === null) this.rewritten.set(name, { hour, day, gone });
      else {
        await this.claims.giveBack(name);
        failures.push(failure);
      }
    }
    await client.query('RESET lock_timeout; RESET statement_timeout');
    return failures;
  }

  /** Milliseconds until the table is due again, for this gateway and for all others. */
  private untilDue({ bytes }: Table): number {
    const period = bytes <= SMALL_BYTES ? HOUR_MS : DAY_MS;
    return period - (this.clock() % period);
  }
}

function isDue(table: Table, now: { hour: number; day: number }, last: Rewritten | undefined): boolean {
  const isSmall = table.bytes <= SMALL_BYTES;
  if (table.name === QUEUE && (isSmall || (table.bytes <= LARGE_BYTES && table.rows <= WAITING_MAILS)))
    return true;
  if (isSmall) return last?.hour !== now.hour;
  const isNight = now.hour % 24 < NIGHT_HOURS;
  return isNight && table.bytes <= LARGE_BYTES && last?.day !== now.day && last?.gone !== table.gone;
}

/** Writes the table and its indexes into new files, without deleted rows. */
async function rewrite(client: pg.Client, name: string): Promise<void> {
  if (name === QUEUE) {
    // All waiting mails get the number of one transaction. Their original one is also that of a row about a person.
    await client.query(`UPDATE ${QUEUE} SET updated_at = updated_at WHERE locked_at IS NULL`);
    // The file of the sequence has the time of its last change. After this it is always the time of a run.
    await client.query(`SELECT nextval(pg_get_serial_sequence('${QUEUE}', 'id'))`);
  }
  await client.query(`VACUUM (FULL) ${name}`);
}

/** The checkpoint removes the old files of tables and the old log, with the times of commits. */
async function beginNewLog(client: pg.Client): Promise<void> {
  await client.query('SELECT pg_switch_wal()');
  await client.query('CHECKPOINT');
}

async function codeOf(work: Promise<void>): Promise<string | null> {
  try {
    await work;
    return null;
  } catch (error) {
    if (error instanceof pg.DatabaseError && error.code !== undefined) return error.code;
    throw error;
  }
}

/** The first run is due after the first interval, so that nothing at the start of a gateway waits for it. */
export function startPostgresUpkeep(
  upkeep: PostgresUpkeep,
  options: {
    readonly log: Logger;
    readonly onRun: (result: 'ok' | 'failed') => void;
    readonly everyMs?: number;
  },
): BackgroundJob {
  const { log, onRun, everyMs = EVERY_MS } = options;
  const run = async () => {
    try {
      await upkeep.run();
      onRun('ok');
    } catch (error) {
      onRun('failed');
      throw error;
    }
  };
  const job = startJob(run, { everyMs, part: 'postgres-upkeep', log, laterFirst: true });
  return {
    stop() {
      upkeep.stop();
      return job.stop();
    },
  };
}
