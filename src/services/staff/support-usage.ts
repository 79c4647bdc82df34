// What support sees of an account's usage: for a case, for a reason, and never without its owner being able to know.

import { holdsCardNumber } from '../../input/card-number.js';
import type { DayRangeError } from '../../input/day-range.js';
import { REFERENCE } from '../../input/reference.js';
import { type Day, daysAfter, today } from '../../lib/calendar.js';
import type { AccountService } from '../account/account.js';
import type { RestrictionService } from '../rights/restriction.js';
import type { App, AppService } from '../usage/apps.js';
import type { StatisticsObjectionService } from '../usage/statistics-objection.js';
import type { UsageService, UsageSummary } from '../usage/usage.js';
import type { StaffAccessService, SupportReason } from './staff-access.js';

/** What support is shown unless they ask for other days: a month, without today. */
const DAYS = 31;

export interface SupportQuestion {
  /** Id or e-mail address. */
  readonly account: string;
  readonly caseReference: string;
  readonly reason: SupportReason;
  /** Both included; null for the 31 days until yesterday (UTC). */
  readonly days: { readonly from: Day; readonly to: Day } | null;
}

export interface SupportUsageView {
  /** Null while the owner objects to statistics: what there is of them is not used, either. */
  readonly usage: UsageSummary | null;
  readonly apps: readonly App[];
  readonly objectsToStatistics: boolean;
}

export class SupportUsageService {
  /** `now`: milliseconds since the epoch. */
  constructor(
    private readonly parts: {
      readonly accounts: AccountService;
      readonly staffAccess: StaffAccessService;
      readonly usage: UsageService;
      readonly apps: AppService;
      readonly statisticsObjection: StatisticsObjectionService;
      readonly restriction: Pick<RestrictionService, 'has'>;
      readonly now?: () => number;
    },
  ) {}

  /** The access is committed before anything is read. A refused request is not an access. */
  async read(
    staffId: string,
    { account, caseReference, reason, days }: SupportQuestion,
  ): Promise<SupportUsageView | 'invalid-reference' | 'unknown-account' | 'restricted' | DayRangeError> {
    const {
      accounts,
      staffAccess,
      usage,
      apps,
      statisticsObjection,
      restriction,
      now = Date.now,
    } = this.parts;
    if (!REFERENCE.test(caseReference) || holdsCardNumber(caseReference)) return 'invalid-reference';
    const yesterday = daysAfter(today(now()), -1);
    const { from, to } = days ?? { from: daysAfter(yesterday, 1 - DAYS), to: yesterday };
    const userError = usage.rangeErrorOf(from, to);
    if (userError !== null) return userError;
    const found = await accounts.findByIdOrEmail(account);
    if (found === null) return 'unknown-account';
    if (await restriction.has(found.id)) return 'restricted';
    await staffAccess.record({ accountIds: [found.id], staffId, reason, caseReference });
    const [summary, appsOfAccount, objects] = await Promise.all([
      usage.summary(found.id, from, to),
      apps.list(found.id),
      statisticsObjection.has(found.id),
    ]);
    if (typeof summary === 'string') return summary;
    // The account was erased meanwhile.
    if (objects === null) return 'unknown-account';
    return { usage: objects ? null : summary, apps: appsOfAccount, objectsToStatistics: objects };
  }
}
