// A page of a list in Postgres, read with one statement, so that the page and the counts belong to the same moment.
import type { DataSource } from 'typeorm';
import { InvalidCursor, type Page, type PageRequest, pageOf } from '../lib/pages.js';

/** A list from which a page is read. */
export interface SqlList {
  /** Part of cursors, so that a cursor of another list is refused. */
  readonly name: string;
  /** A SELECT with a column of `placeBy` beside others. */
  readonly sql: string;
  /** Its parameters, from $1 on. */
  readonly values: readonly unknown[];
}

const MAX_CURSOR_CHARACTERS = 1000;

/**
 * The column that a list is sorted by, and that cursors contain: one string that sorts bytewise as its parts would, one after the
 * other. `parts`: SQL expressions that are unique together. None is null or contains a control character.
 */
export function placeBy(...parts: readonly string[]): string {
  return `concat_ws(chr(1), ${parts.join(', ')}) COLLATE "C" AS place`;
}

/** A part that sorts newest days first, and rows without a day before them: the days until the last day that can be stored. */
export function newestFirst(day: string): string {
  return `coalesce(to_char(DATE '2999-12-31' - ${day}, 'FM000000'), '')`;
}

/** Throws InvalidCursor. Rows come without their `place`. */
export async function readPage<Row extends object>(
  database: Pick<DataSource, 'query'>,
  list: SqlList,
  request: PageRequest,
): Promise<Page<Row>> {
  const { name, sql, values } = list;
  const [after, before, limit] = [1, 2, 3].map((place) => `$${values.length + place}`);
  const order = `ORDER BY place ${request.fromEnd ? 'DESC' : 'ASC'}`;
  const rows = await database.query<(Around & Placed & Row)[]>(
    `WITH list AS MATERIALIZED (${sql}), around AS (
       SELECT count(*)::integer AS "totalCount",
         coalesce(bool_or(place <= ${after}::text), false) AS precedes,
         coalesce(bool_or(place >= ${before}::text), false) AS follows
       FROM list
     ), page AS (
       SELECT * FROM list
       WHERE (${after}::text IS NULL OR place > ${after}::text)
         AND (${before}::text IS NULL OR place < ${before}::text)
       ${order} LIMIT ${limit}
     )
     SELECT * FROM around LEFT JOIN page ON true ${order}`,
    [
      ...values,
      placeOf(name, request.after, 'after'),
      placeOf(name, request.before, 'before'),
      request.size + 1,
    ],
  );
  // An empty page has one row, too, with the counts.
  const around = rows[0]!;
  const entries = rows.flatMap(({ totalCount, precedes, follows, place, ...row }) =>
    place === null ? [] : [{ value: row as unknown as Row, cursor: cursorOf(name, place) }],
  );
  return pageOf(request, { ...around, entries });
}

interface Around {
  readonly totalCount: number;
  readonly precedes: boolean;
  readonly follows: boolean;
}

interface Placed {
  readonly place: string | null;
}

function cursorOf(name: string, place: string): string {
  return Buffer.from(`${name} ${place}`).toString('base64url');
}

/** The place need not belong to an entry: the entry may be gone. */
function placeOf(name: string, cursor: string | null, argument: 'after' | 'before'): string | null {
  if (cursor === null) return null;
  const place = Buffer.from(cursor.slice(0, MAX_CURSOR_CHARACTERS), 'base64url')
    .toString()
    .slice(name.length + 1);
  // Postgres accepts no string that contains NUL.
  if (cursorOf(name, place) !== cursor || place.includes('\0')) throw new InvalidCursor(argument);
  return place;
}
