// A refusal that ends the transaction of an officer's decision, and the user error that explains it.
import { violatedConstraint } from '../../../db/unique-violation.js';
import type { UserError } from '../../../input/user-error.js';

/** Thrown to roll the transaction back. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(readonly userError: UserError) {
    super(userError.code);
  }
}

/**
 * The user error of a Refusal, or of a unique violation: someone else took the e-mail address, or opened a request of the kind,
 * first. Null for any other error.
 */
export function userErrorOf(error: unknown): UserError | null {
  if (error instanceof Refusal) return error.userError;
  const constraint = violatedConstraint(error);
  if (constraint === null) return null;
  return { field: null, code: constraint === 'rights_request_open_once' ? 'REQUEST_OPEN' : 'EMAIL_TAKEN' };
}
