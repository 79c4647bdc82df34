// A connection to Postgres on which others are faster: what they do happens between a list that is read and its first row.
import type { DataSource } from 'typeorm';

/** As `source`; the first SELECT that contains `list` is answered, and then `others` act before its reader does. */
export function overtaken(source: DataSource, list: string, others: () => Promise<unknown>): DataSource {
  let done = false;
  return new Proxy(source, {
    get(target, name, receiver) {
      if (name !== 'query') return Reflect.get(target, name, receiver);
      return async (sql: string, values?: unknown[]) => {
        const rows = await target.query(sql, values);
        if (!done && sql.includes(list)) {
          done = true;
          await others();
        }
        return rows;
      };
    },
  });
}
