// Who may have got data of a person: of the register of processors only those whose work the person has used or agreed to
// (GDPR, Article 15(1)(c)), and the agents that have asked for them.

import type { EntityManager } from 'typeorm';
import type { Locale } from '../../../lib/locale.js';
import type { Processor, ProcessorRegister } from '../../policy/processors.js';

/** What of a person says who may have got data. */
export interface PersonFacts {
  readonly locale: string;
  /** ISO 3166-1 alpha-2; null when it is not known. */
  readonly country: string | null;
  readonly pays: boolean;
  /** Consents that were ever given. */
  readonly granted: readonly string[];
  /** Platforms of apps that were activated. */
  readonly platforms: readonly string[];
  /** Names of registered agents that have asked for the person. */
  readonly agents: readonly string[];
}

export interface Recipient {
  readonly name: string;
  readonly owner: string;
  readonly purpose: string;
  /** ISO 3166-1 alpha-2, when it is outside the European Economic Area. */
  readonly outside: string | null;
}

/** Null when there is no such account. */
export async function factsOf(
  manager: Pick<EntityManager, 'query'>,
  accountId: string,
): Promise<PersonFacts | null> {
  const [facts] = await manager.query<PersonFacts[]>(
    `SELECT locale, country,
       EXISTS (SELECT FROM billing_profile WHERE account_id = $1 AND payment_reference IS NOT NULL) AS pays,
       ARRAY(SELECT DISTINCT purpose FROM consent WHERE account_id = $1 AND granted ORDER BY purpose) AS granted,
       ARRAY(SELECT DISTINCT platform FROM app_version WHERE account_id = $1 ORDER BY platform) AS platforms,
       ARRAY(
         SELECT DISTINCT drp_agent.name FROM rights_request JOIN rights_request_agent ON request_id = rights_request.id
           JOIN drp_agent ON drp_agent.id = drp_agent_id
         WHERE account_id = $1 ORDER BY drp_agent.name
       ) AS agents
     FROM account WHERE id = $1`,
    [accountId],
  );
  return facts ?? null;
}

/** `hasNetwork`: whether a network is registered for MediaStreamer. */
export function recipientsOf(
  { processors }: ProcessorRegister,
  facts: PersonFacts,
  hasNetwork: boolean,
  locale: Locale,
): Recipient[] {
  const may: Readonly<Record<Processor['givenTo'], (processor: Processor) => boolean>> = {
    everyone: () => true,
    payers: () => facts.pays,
    consenting: (processor) => hasConsented(processor, facts),
    'media-streamer': () => hasNetwork,
    agents: () => facts.agents.length > 0,
  };
  return processors
    .filter((processor) => may[processor.givenTo](processor))
    .map((processor) => {
      const { name, owner, purpose } = locale === 'en' ? processor : processor.in[locale];
      const named = processor.givenTo === 'agents' ? facts.agents.join(', ') : owner;
      return { name, owner: named, purpose, outside: processor.outside };
    });
}

/** The website and its extensions leave no mark in the account, so the consent alone counts for them. */
function hasConsented({ consent, platforms }: Processor, { granted, platforms: own }: PersonFacts): boolean {
  if (consent === null || !granted.includes(consent)) return false;
  return platforms.some((platform) => own.includes(platform) || ANYBODYS.includes(platform));
}

const ANYBODYS: readonly Processor['platforms'][number][] = ['website', 'browser-extension', 'gateway'];
