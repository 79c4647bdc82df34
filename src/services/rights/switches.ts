// What restriction, objection and withdrawal of consent change, in the transaction that accepts the request.
import type { EntityManager } from 'typeorm';
import type { ConsentPurpose, ConsentSource } from '../../entities/consent/consent.js';
import type { ConsentService } from '../consent/consent.js';
import { lockAccounts } from '../usage/storage.js';
import type { Objection, RightsDetails } from './request-record.js';

/** The consents that an objection withdraws; statistics have a separate switch. */
const WITHDRAWN_BY: Readonly<Record<Exclude<Objection, 'statistics'>, readonly ConsentPurpose[]>> = {
  marketing: ['marketing'],
  diagnostics: ['diagnostics'],
  'sale-or-sharing': ['analytics-cookies', 'advertising-cookies', 'sharing'],
};

export class RightsSwitches {
  constructor(private readonly consent: Pick<ConsentService, 'withdraw'>) {}

  /** GDPR, Article 18: nothing is done with what there is but keeping it. */
  async restrict(manager: EntityManager, accountId: string): Promise<void> {
    // A report that is being written has looked already who restricts: this waits for it.
    await lockAccounts(manager, 'exclusive');
    await manager.query('UPDATE account SET restricts_processing = true WHERE id = $1', [accountId]);
  }

  /** GDPR, Article 21. */
  async object(
    manager: EntityManager,
    accountId: string,
    { objections = [] }: RightsDetails,
    source: ConsentSource,
  ): Promise<void> {
    if (objections.includes('statistics')) {
      await lockAccounts(manager, 'exclusive');
      await manager.query('UPDATE account SET objects_to_statistics = true WHERE id = $1', [accountId]);
    }
    const purposes = objections.flatMap((objection) =>
      objection === 'statistics' ? [] : WITHDRAWN_BY[objection],
    );
    await this.consent.withdraw(manager, accountId, purposes, source);
  }

  /** GDPR, Article 7(3). */
  async withdraw(
    manager: EntityManager,
    accountId: string,
    { purposes = [] }: RightsDetails,
    source: ConsentSource,
  ): Promise<void> {
    await this.consent.withdraw(manager, accountId, purposes, source);
  }
}
