// What may become of a rights request, as data: the only changes of status that there are.
import type { RightsRequestStatus } from '../../entities/rights-request.js';

/** From each status to those that can follow it; from an end nothing follows. */
export const NEXT: Readonly<Record<RightsRequestStatus, readonly RightsRequestStatus[]>> = {
  submitted: ['identity-required', 'in-progress', 'denied', 'withdrawn', 'expired'],
  'identity-required': ['in-progress', 'denied', 'withdrawn', 'expired'],
  'in-progress': ['identity-required', 'extended', 'fulfilled', 'denied', 'withdrawn', 'erased'],
  extended: ['fulfilled', 'denied', 'withdrawn', 'erased'],
  fulfilled: [],
  denied: [],
  withdrawn: [],
  expired: [],
  erased: [],
};

export function isEnd(status: RightsRequestStatus): boolean {
  return NEXT[status].length === 0;
}
