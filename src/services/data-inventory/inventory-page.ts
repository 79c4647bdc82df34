// What people read above the data in their data export: in each language, for each table and column that is in it.
import { z } from 'zod';

/** Topics of the data export, in its order. */
export const TOPICS = [
  'account',
  'pending',
  'security',
  'sessions',
  'consent',
  'networks',
  'usage',
  'staff-access',
  'requests',
  'mails',
] as const;
export type Topic = (typeof TOPICS)[number];

/** Lists of values whose words are not in the register. */
const COMPUTED: readonly string[] = ['country', 'language', 'law', 'processor'];

/** Stores other than Postgres tables: what the data export contains of them, its columns, and what it leaves out. */
const LISTED: Readonly<
  Record<string, { readonly columns: readonly string[]; readonly withheld?: readonly string[] }>
> = {
  networks: {
    columns: [
      'id',
      'name',
      'ipv4',
      'ipv4LastDay',
      'ipv6',
      'ipv6LastDay',
      'region',
      'serviceRegions',
      'lastDay',
      'updateToken',
    ],
    withheld: ['tokenDigest'],
  },
  sessions: { columns: ['endsOn', 'secondFactor', 'policyVersion'] },
  mails: { columns: ['kind'] },
};

const text = z.string().min(1, 'must not be empty');
const inEveryLanguage = { en: text, de: text, es: text };
const words = z.strictObject(inEveryLanguage);

export const inventoryPage = z.strictObject({
  topics: z.record(z.enum(TOPICS), words),
  tables: z.record(
    z.string(),
    z.strictObject({
      title: words,
      purpose: words,
      period: words,
      /** Above each column; null where people have no use for it. `values`: the list that its values are words of. */
      columns: z.record(
        z.string(),
        z.strictObject({ ...inEveryLanguage, values: text.optional() }).nullable(),
      ),
      /** What is left out, and why. */
      withheld: z.record(z.string(), words),
    }),
  ),
  values: z.record(z.string(), z.record(z.string(), words)),
});

export type PageTexts = z.infer<typeof inventoryPage>;

interface Exported {
  readonly table: string;
  readonly columns: readonly { readonly name: string }[];
  readonly withheld: readonly { readonly name: string }[];
}

/** Where the page says nothing of what is handed out, or something of what is not. */
export function pageErrors(page: PageTexts, exported: readonly Exported[]): string[] {
  const named = (names: readonly string[]) => names.map((name) => ({ name }));
  const listed = Object.entries(LISTED).map(([table, { columns, withheld = [] }]) => ({
    table,
    columns: named(columns),
    withheld: named(withheld),
  }));
  const tables = [...exported, ...listed];
  const names = tables.map(({ table }) => table);
  return [
    ...differences('page.tables', names, Object.keys(page.tables)),
    ...tables.flatMap((table) => tableErrors(page, table)),
  ];
}

function tableErrors({ tables, values }: PageTexts, { table, columns, withheld }: Exported): string[] {
  const texts = tables[table];
  if (texts === undefined) return [];
  const place = `page.tables.${table}`;
  const lists = Object.entries(texts.columns).flatMap(([column, label]) =>
    label?.values === undefined || label.values in values || COMPUTED.includes(label.values)
      ? []
      : [`${place}.columns.${column}.values: there is no list "${label.values}"`],
  );
  return [
    ...differences(`${place}.columns`, namesOf(columns), Object.keys(texts.columns)),
    ...differences(`${place}.withheld`, namesOf(withheld), Object.keys(texts.withheld)),
    ...lists,
  ];
}

function namesOf(columns: readonly { readonly name: string }[]): string[] {
  return columns.map(({ name }) => name);
}

function differences(place: string, wanted: readonly string[], found: readonly string[]): string[] {
  const missing = wanted.filter((name) => !found.includes(name));
  const unknown = found.filter((name) => !wanted.includes(name));
  return [
    ...missing.map((name) => `${place}.${name}: is missing; people read it in the data export`),
    ...unknown.map((name) => `${place}.${name}: is not in the data export`),
  ];
}
