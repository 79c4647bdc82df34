// The one DataSource: how every process of this product that may reach Postgres does.
import { DataSource } from 'typeorm';
import { Account } from './src/entities/account.js';
import { CreateAccount1795392000000 } from './src/migrations/1795392000000-create-account.js';
import { WidenAccount1795478400000 } from './src/migrations/1795478400000-widen-account.js';

/** Not yet connected. The schema changes by migrations alone, and nothing is logged: queries carry personal data. */
export function createDataSource(databaseUrl: string): DataSource {
  return new DataSource({
    type: 'postgres',
    url: databaseUrl,
    entities: [Account],
    migrations: [CreateAccount1795392000000, WidenAccount1795478400000],
    synchronize: false,
    migrationsRun: false,
    logging: false,
    applicationName: 'cyberspacevpn-gateway',
    poolSize: 10,
    connectTimeoutMS: 5000,
    extra: { query_timeout: 10_000, statement_timeout: 10_000 },
    // The pool replaces a lost idle connection by itself; the next query tells whether the database is away.
    poolErrorHandler: () => {},
  });
}
