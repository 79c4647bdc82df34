// The data inventory: every table, column and key, what it is for, for how long, and to whom it belongs. The tables
// of docs/what-we-keep.md and the data export that a person gets are both made of it.
import { z } from 'zod';
import { readPolicyFile } from '../../lib/policy-file.js';
import type { PrivacyLaws } from '../policy/laws.js';
import { inventoryPage, type PageTexts, pageErrors, TOPICS, type Topic } from './inventory-page.js';

const text = z.string().min(1, 'must not be empty');

const BY = ['id', 'account_id', 'email', 'request_id', 'requests'] as const;

const topic = z.enum(TOPICS, 'must be a topic of the data export');
const nobody = z.strictObject({ why: text });
const described = { what: text, purpose: text, lifetime: text };

const column = z.strictObject({
  name: z.string().regex(/^[a-z_0-9]+$/, 'must be the name of a column'),
  ...described,
  /** Why it is not in the data export, although it belongs to the person. */
  withheld: text.optional(),
  /** What it is once it has been opened for the data export, in which it stands without `sealed_` in its name. */
  sealed: z.enum(['json', 'text']).optional(),
});
const table = (person: z.ZodObject) =>
  z.strictObject({
    table: z.string().regex(/^[a-z_]+$/, 'must be the name of a table'),
    person: z.union([person, nobody]),
    columns: z.array(column).min(1),
  });

const keys = z.array(
  z.strictObject({ key: text, ...described, person: z.union([z.strictObject({ topic }), nobody]) }),
);

const register = z.strictObject({
  postgres: z.array(
    table(
      z.strictObject({
        topic,
        /** The column that says whose a row is; `requests`: also those that wait for the person to confirm them. */
        by: z.enum(BY),
      }),
    ),
  ),
  queue: z.array(table(z.strictObject({ topic }))),
  redis: keys,
  /** Of the Redis without a disk. */
  ephemeral: keys,
  /** What the stores keep beside all that, for their own sake. */
  machinery: z.array(z.strictObject({ name: text, ...described })),
  page: inventoryPage,
});

type Register = z.infer<typeof register>;
type Described = Pick<z.infer<typeof column>, 'what' | 'purpose' | 'lifetime'>;

export interface ExportedColumn extends Described {
  /** In Postgres. */
  readonly column: string;
  /** In the data export. */
  readonly name: string;
  /** What is under the seal; null when there is none. */
  readonly sealed: 'json' | 'text' | null;
}

export interface ExportedTable {
  readonly table: string;
  readonly topic: Topic;
  readonly by: (typeof BY)[number];
  readonly columns: readonly ExportedColumn[];
  readonly withheld: readonly { readonly name: string; readonly what: string; readonly why: string }[];
}

/** What the heading of a section of docs/what-we-keep.md means. */
export type Store = 'postgres' | 'queue' | 'redis' | 'ephemeral' | 'machinery';

export class DataInventory {
  constructor(private readonly register: Register) {}

  /** What people read in the data export. */
  get page(): PageTexts {
    return this.register.page;
  }

  /** The tables of Postgres that belong to a person, with what is handed out of them. */
  exported(): readonly ExportedTable[] {
    return this.register.postgres.flatMap(({ table, person, columns }) => {
      if (!('topic' in person)) return [];
      const { topic, by } = person as { topic: Topic; by: ExportedTable['by'] };
      const whole = inFull(columns);
      const handedOut = whole.filter(({ withheld }) => withheld === undefined);
      return [
        {
          table,
          topic,
          by,
          columns: handedOut.map(({ name, what, purpose, lifetime, sealed = null }) => ({
            column: name,
            name: name.replace(/^sealed_/, ''),
            what,
            purpose,
            lifetime,
            sealed,
          })),
          withheld: whole.flatMap(({ name, what, withheld }) =>
            withheld === undefined ? [] : [{ name, what, why: withheld }],
          ),
        },
      ];
    });
  }

  private named(store: Store): (Described & { readonly name: string })[] {
    if (store === 'machinery') return this.register.machinery;
    if (store === 'redis' || store === 'ephemeral') {
      return this.register[store].map(({ key, ...row }) => ({ name: key, ...row }));
    }
    return this.register[store].flatMap(({ table, columns }) =>
      columns.map(({ name, ...row }) => ({ ...row, name: `${table}.${name}` })),
    );
  }

  /** The rows of the table that docs/what-we-keep.md shows, in Markdown. */
  rows(store: Store): string {
    return this.named(store)
      .map(({ name, what, purpose, lifetime }) => `| \`${name}\` | ${what} | ${purpose} | ${lifetime} |\n`)
      .join('');
  }
}

/** "As above" is replaced by words that can be read alone. */
function inFull<T extends Described & { name: string }>(columns: readonly T[]): T[] {
  const whole: T[] = [];
  for (const each of columns) {
    const above = whole.at(-1);
    const lifetimeOf = /^as `(\w+)`$/.exec(each.lifetime)?.[1];
    const named = whole.find(({ name }) => name === lifetimeOf);
    const filled = { ...each };
    if (above !== undefined && each.purpose === 'as above') filled.purpose = above.purpose;
    if (above !== undefined && each.lifetime === 'as above') filled.lifetime = above.lifetime;
    if (named !== undefined) filled.lifetime = named.lifetime;
    whole.push(filled);
  }
  return whole;
}

/** `laws` state for how long requests are kept. Throws PolicyFileError with all errors of the inventory. */
export async function loadDataInventory(
  path: string,
  laws: Pick<PrivacyLaws, 'all'>,
): Promise<DataInventory> {
  const read = await readPolicyFile(path, register, (file) =>
    pageErrors(file.page, new DataInventory(file).exported()),
  );
  const months = [...new Set(laws.all().map(({ keepMonths }) => keepMonths))].sort((a, b) => a - b);
  return new DataInventory(withMonths(read, months.join(', ')) as Register);
}

/** As `value`, with the months in place of `{months}`. */
function withMonths(value: unknown, months: string): unknown {
  if (typeof value === 'string') return value.replace('{months}', months);
  if (Array.isArray(value)) return value.map((item) => withMonths(item, months));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, withMonths(inner, months)]));
}
