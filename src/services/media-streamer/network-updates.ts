// Moves a network to the address that its router sends from. What a request states as its address counts for nothing.
import type { Networks } from '../../allowlist/networks.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { type Clock, daysAfter, today } from '../../lib/calendar.js';
import { type Address, isPublic, type Prefix, userPrefix } from '../../lib/ip.js';
import { isUnavailable } from '../../runtime/availability.js';
import { updateTokenDigest } from './update-tokens.js';
import { WrongTokens } from './wrong-tokens.js';

/** ddclient repeats an unchanged address after 25 days, inadyn after 30. */
const DAYS_WITHOUT_UPDATE = 35;

/** inadyn tries again after 10 minutes, ddclient after 5. */
const STORE_RETRY_SECONDS = 300;
const CHANGES_RETRY_SECONDS = 3600;

/** Stands for all text that is no token, of any length. */
const NO_TOKEN = '-';

export type UpdateOutcome =
  | { readonly kind: 'moved' | 'unchanged'; readonly address: Address }
  | { readonly kind: 'wrong-token' }
  /** The owner has restricted processing: nothing about them is used until they lift that (GDPR, Article 18). */
  | { readonly kind: 'restricted' }
  /** `error`: what a store threw, when that is the reason. */
  | { readonly kind: 'later'; readonly seconds: number; readonly error?: unknown };

export class NetworkUpdates {
  private readonly wrongTokens: WrongTokens;

  constructor(
    private readonly parts: {
      readonly networks: Pick<Networks, 'findByToken' | 'moveByToken'>;
      readonly throttle: Pick<Throttle, 'allows' | 'clear'>;
      readonly isRestricted: (accountId: string) => Promise<boolean>;
      readonly allowPrivateAddresses: boolean;
      readonly clock: Clock;
    },
  ) {
    this.wrongTokens = new WrongTokens(parts.clock);
  }

  /**
   * `token`: as the request has it; null: none. An unchanged address costs one round trip and no write. Rejects with what is
   * a defect of this program.
   */
  async update(token: string | null, source: Address | null): Promise<UpdateOutcome> {
    const seconds = this.wrongTokens.secondsToWait(source);
    if (seconds > 0) return { kind: 'later', seconds };
    // Some clients wait for the challenge of a 401 before they show a token.
    if (token === null) return { kind: 'wrong-token' };
    const digest = updateTokenDigest(token);
    if (digest === null) return this.wrongToken(source, NO_TOKEN);
    // A router with an old password repeats it for years: it asks the store once in ten minutes.
    if (this.wrongTokens.has(source, digest)) return { kind: 'wrong-token' };
    const prefix = source === null ? null : userPrefix(source);
    // Only a proxy that states no source or a private one leads here: the operator mends it.
    if (source === null || prefix === null || !this.mayBeRegistered(prefix)) {
      return { kind: 'later', seconds: STORE_RETRY_SECONDS };
    }
    try {
      const kind = await this.move(digest, prefix);
      if (kind === 'wrong-token') return this.wrongToken(source, digest);
      if (kind === 'restricted') return { kind };
      return kind === 'too-many-changes'
        ? { kind: 'later', seconds: CHANGES_RETRY_SECONDS }
        : { kind, address: source };
    } catch (error) {
      if (!isUnavailable(error)) throw error;
      return { kind: 'later', seconds: STORE_RETRY_SECONDS, error };
    }
  }

  private async move(
    digest: string,
    prefix: Prefix,
  ): Promise<'moved' | 'unchanged' | 'wrong-token' | 'restricted' | 'too-many-changes'> {
    const { networks, isRestricted, clock } = this.parts;
    const network = await networks.findByToken(digest, prefix);
    if (network === null) return 'wrong-token';
    const now = today(clock());
    const { accountId, networkId, isCurrent, lastDay } = network;
    // A day that is moved with every update would say when the last one was.
    const isRecent = lastDay === null || lastDay >= daysAfter(now, DAYS_WITHOUT_UPDATE - 1);
    if (isCurrent && isRecent) return 'unchanged';
    if (await isRestricted(accountId)) return 'restricted';
    if (!isCurrent && !(await this.mayChange(networkId, prefix))) return 'too-many-changes';
    const moved = await networks.moveByToken(digest, prefix, daysAfter(now, DAYS_WITHOUT_UPDATE));
    return moved ?? 'wrong-token';
  }

  /** At most so many different addresses an hour, and a higher number of changes between them. */
  private async mayChange(networkId: string, prefix: Prefix): Promise<boolean> {
    const { throttle } = this.parts;
    const address = { networkId, prefix: prefix.text };
    if (!(await throttle.allows('network-address', address))) {
      return throttle.allows('network-change', { networkId });
    }
    const isAllowed = await throttle.allows('network-addresses', { networkId });
    // The refused one is no address of this hour.
    if (!isAllowed) await throttle.clear('network-address', address);
    return isAllowed;
  }

  private mayBeRegistered(prefix: Prefix): boolean {
    return this.parts.allowPrivateAddresses || isPublic(prefix);
  }

  private wrongToken(source: Address | null, digest: string): UpdateOutcome {
    this.wrongTokens.add(source, digest);
    return { kind: 'wrong-token' };
  }
}
