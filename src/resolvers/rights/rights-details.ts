// What a request asks beyond its kind, as its input gives it.
import { badInput } from '../../graphql/errors.js';
import type { RightsCorrectionInput, RightsRequestInput } from '../../schema/rights/rights-request.js';
import type { Correction, RightsDetails } from '../../services/rights/request-record.js';

/** Throws BAD_USER_INPUT when a day is missing, which no form leaves out. */
export function detailsOf(input: RightsRequestInput): RightsDetails {
  const { statement, correction, objections, purposes } = input;
  return {
    ...(statement != null && { statement }),
    ...(correction != null && { correction: correctionOf(correction) }),
    ...(objections != null && { objections }),
    ...(purposes != null && { purposes }),
  };
}

function correctionOf({ field, value, day, platform, version }: RightsCorrectionInput): Correction {
  if (field === 'email') return { field, value: value ?? '' };
  if (field === 'app') return { field, platform: platform ?? '', version: version ?? '' };
  if (day == null) throw badInput('A correction of usage names its day.', 'input.correction.day');
  return { field, day };
}
