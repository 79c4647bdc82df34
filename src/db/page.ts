// A page of a list in Postgres, read with one statement: what it says of the list is true of one moment.
import type { DataSource } from 'typeorm';
import { InvalidCursor, type Page, type PageRequest, pageOf } from '../lib/pages.js';

/** A list of which a page is wanted. */
export interface SqlList {
  /** Stands in cursors, so that those of other lists are told apart. */
  readonly name: string;
  /** A SELECT with a column of `placeBy` beside others. */
  readonly sql: string;
  /** Its parameters, from $1 on. */
  readonly values: readonly unknown[];
}

const MAX_CURSOR_CHARACTERS = 1000;

/**
 * The column by which a list is sorted, and which is its entries' place in cursors: one text that sorts by its bytes as its
 * parts, SQL expressions, would one after the other. Together they are unique; none is null or has a control character.
 */
export function placeBy(...parts: readonly string[]): string {
  return `concat_ws(chr(1), ${parts.join(', ')}) COLLATE "C" AS place`;
}

/** A part that puts the newest day first, and those that have none before it: days to the last one that is ever stored. */
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
  // An empty page has one row all the same, for what is around it.
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

/** A place that no entry has (any more) is as good as any. */
function placeOf(name: string, cursor: string | null, argument: 'after' | 'before'): string | null {
  if (cursor === null) return null;
  const place = Buffer.from(cursor.slice(0, MAX_CURSOR_CHARACTERS), 'base64url')
    .toString()
    .slice(name.length + 1);
  // Postgres takes no text with a NUL in it.
  if (cursorOf(name, place) !== cursor || place.includes('\0')) throw new InvalidCursor(argument);
  return place;
}
