// Statements over the pool of a DataSource, for programs with few queries.
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import type { PostgresDriver } from 'typeorm/driver/postgres/PostgresDriver.js';
import type { Statements } from './statements.js';

/** TypeORM does not show its pool otherwise. */
export function poolOf({ driver }: DataSource): Pool {
  return (driver as PostgresDriver).master;
}

export function databaseStatements(database: DataSource): Statements {
  // TypeORM's `query` cannot name a statement.
  const pool = poolOf(database);
  return {
    run: async (statement, values) => (await pool.query({ ...statement, values: [...values] })).rows,
  };
}
