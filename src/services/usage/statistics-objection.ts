// Objections to usage statistics (GDPR, Article 21): while one stands, nothing new about the account's use is written.
import type { Pool } from 'pg';
import type { DataSource } from 'typeorm';
import { inTransaction } from '../../db/transaction.js';
import { lockAccounts } from './storage.js';

export class StatisticsObjectionService {
  constructor(
    private readonly database: DataSource,
    private readonly usagePool: Pool,
  ) {}

  /** Whether the person objects; null when there is no such account. */
  async has(accountId: string): Promise<boolean | null> {
    const [account] = await this.database.query<{ objects: boolean }[]>(
      'SELECT objects_to_statistics AS objects FROM account WHERE id = $1',
      [accountId],
    );
    return account?.objects ?? null;
  }

  /** Objects, or withdraws the objection. What was written before stays, but for days that are not closed then. */
  async set(accountId: string, objects: boolean): Promise<void> {
    await inTransaction(this.usagePool, async (client) => {
      // A report that is being written has looked already who objects: this waits for it, and so nothing comes after.
      await lockAccounts(client, 'exclusive');
      await client.query('UPDATE account SET objects_to_statistics = $2 WHERE id = $1', [accountId, objects]);
    });
  }
}
