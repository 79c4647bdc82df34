// Restriction of processing (GDPR, Article 18): while it stands, what there is about a person is kept and used for nothing.
import type { DataSource } from 'typeorm';

export class RestrictionService {
  constructor(private readonly database: DataSource) {}

  async has(accountId: string): Promise<boolean> {
    const [account] = await this.database.query<unknown[]>(
      'SELECT FROM account WHERE id = $1 AND restricts_processing',
      [accountId],
    );
    return account !== undefined;
  }

  /** What was asked for before holds again, such as a consent. */
  async lift(accountId: string): Promise<void> {
    await this.database.query('UPDATE account SET restricts_processing = false WHERE id = $1', [accountId]);
  }
}
