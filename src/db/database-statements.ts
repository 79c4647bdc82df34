// Statements over the pool of a DataSource, for programs with few queries.
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { Statements } from './statements.js';

export function databaseStatements({ driver }: DataSource): Statements {
  // TypeORM's `query` cannot name a statement.
  const pool = (driver as PostgresDriver).master;
  return {
    run: async (statement, values) => (await pool.query({ ...statement, values })).rows,
  };
}
