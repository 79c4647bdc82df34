// Ids come from outside as text: one that is no UUID names nothing, and Postgres need not be asked.

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Of any version (RFC 9562 section 4). */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
