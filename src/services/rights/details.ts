// What a kind of request asks for beyond itself, and whether it has been said.
import type { RightsRequestKind } from '../../entities/rights/rights-request.js';
import { parseEmail } from '../../input/email.js';
import { isUserError } from '../../input/listing.js';
import { linesError, requiredTextError, written } from '../../input/text.js';
import type { UserError } from '../../input/user-error.js';
import type { RightsDetails } from './request-record.js';

const MAX_STATEMENT_CHARACTERS = 4000;
/** As `app_version` has them. */
const MAX_APP_CHARACTERS = 40;

/** The details in their one form: e-mail addresses as accounts have them, and no empty texts. */
export function detailsOf(details: RightsDetails): RightsDetails {
  const { correction, objections, purposes } = details;
  const statement = written(details.statement);
  return {
    ...(statement !== null && { statement }),
    ...(correction !== undefined && {
      correction:
        correction.field === 'email'
          ? { ...correction, value: parseEmail(correction.value) ?? correction.value }
          : correction,
    }),
    ...(objections !== undefined && { objections: [...new Set(objections)] }),
    ...(purposes !== undefined && { purposes: [...new Set(purposes)] }),
  };
}

/** Whether it asks for nothing but that data be not sold or shared, for which nobody may be asked who they are. */
export function isOptOut(kind: RightsRequestKind, { objections = [] }: RightsDetails): boolean {
  return (
    kind === 'objection' &&
    objections.length > 0 &&
    objections.every((objection) => objection === 'sale-or-sharing')
  );
}

/** What is missing or wrong for this kind. `details`: in their one form. */
export function detailsErrors(kind: RightsRequestKind, details: RightsDetails): readonly UserError[] {
  const { objections = [], purposes = [] } = details;
  const { statement = null } = details;
  const userErrors: (UserError | null)[] = [
    kind === 'complaint' && statement === null
      ? { field: 'statement', code: 'TEXT_REQUIRED' }
      : linesError(statement, 'statement', MAX_STATEMENT_CHARACTERS),
  ];
  if (kind === 'correction') userErrors.push(correctionError(details));
  if (kind === 'objection' && objections.length === 0) {
    userErrors.push({ field: 'objections', code: 'OBJECTION_REQUIRED' });
  }
  if (kind === 'withdrawal-of-consent' && purposes.length === 0) {
    userErrors.push({ field: 'purposes', code: 'PURPOSE_REQUIRED' });
  }
  return userErrors.filter(isUserError);
}

function correctionError({ correction }: RightsDetails): UserError | null {
  if (correction === undefined) return { field: 'correction', code: 'CORRECTION_REQUIRED' };
  if (correction.field === 'email' && parseEmail(correction.value) === null) {
    return { field: 'correction.email', code: 'INVALID_EMAIL' };
  }
  if (correction.field !== 'app') return null;
  return (
    requiredTextError(written(correction.platform), 'correction.app.platform', MAX_APP_CHARACTERS) ??
    requiredTextError(written(correction.version), 'correction.app.version', MAX_APP_CHARACTERS)
  );
}
