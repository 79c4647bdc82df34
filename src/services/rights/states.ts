// What may become of a rights request, as data: the only changes of status that there are.
import type { RightsRequestStatus } from '../../entities/rights/rights-request.js';

/** The outcomes. A denial can be appealed where the law gives that, and nothing follows another one. */
const ENDS: readonly RightsRequestStatus[] = ['fulfilled', 'denied', 'withdrawn', 'expired', 'erased'];

/** From each status to those that can follow it. */
export const NEXT: Readonly<Record<RightsRequestStatus, readonly RightsRequestStatus[]>> = {
  submitted: ['identity-required', 'in-progress', 'denied', 'withdrawn', 'expired'],
  'identity-required': ['in-progress', 'denied', 'withdrawn', 'expired'],
  'in-progress': ['identity-required', 'extended', 'fulfilled', 'denied', 'withdrawn', 'erased'],
  extended: ['fulfilled', 'denied', 'withdrawn', 'erased'],
  fulfilled: [],
  denied: ['appealed'],
  appealed: ['in-progress', 'denied', 'withdrawn', 'erased'],
  withdrawn: [],
  expired: [],
  erased: [],
};

export function isEnd(status: RightsRequestStatus): boolean {
  return ENDS.includes(status);
}
