// Which unique constraint a statement of TypeORM has violated: another transaction was faster.
import { QueryFailedError } from 'typeorm';

/** SQLSTATE unique_violation (PostgreSQL manual, appendix A). */
const UNIQUE_VIOLATION = '23505';

/** The name of the constraint; null for every other error. */
export function violatedConstraint(error: unknown): string | null {
  if (!(error instanceof QueryFailedError)) return null;
  const { code, constraint } = error.driverError as { code?: string; constraint?: string };
  return code === UNIQUE_VIOLATION ? (constraint ?? '') : null;
}
