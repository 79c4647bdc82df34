// What a request asks for beyond its kind: from its input, and as the API shows it.

import type { RightsCorrectionInput, RightsRequestInput } from '../../schema/rights/rights-request-inputs.js';
import type { RightsCorrection } from '../../schema/rights/rights-request-parts.js';
import type { Correction, RightsDetails } from '../../services/rights/request-record.js';

export function detailsOf(input: RightsRequestInput): RightsDetails {
  const { statement, correction, objections, purposes } = input;
  return {
    ...(statement != null && { statement }),
    ...(correction != null && { correction: correctionOf(correction) }),
    ...(objections != null && { objections }),
    ...(purposes != null && { purposes }),
  };
}

/** GraphQL has checked that exactly one is given. */
function correctionOf({ email, usageOn, app }: RightsCorrectionInput): Correction {
  if (email != null) return { field: 'email', value: email };
  if (usageOn != null) return { field: 'usage', day: usageOn };
  return { field: 'app', platform: app!.platform, version: app!.version };
}

export function correctionView(correction: Correction | undefined): RightsCorrection | null {
  if (correction === undefined) return null;
  return {
    email: correction.field === 'email' ? correction.value : null,
    usageOn: correction.field === 'usage' ? correction.day : null,
    app: correction.field === 'app' ? { platform: correction.platform, version: correction.version } : null,
  };
}
