// Ids come from clients as strings. One that is no UUID names nothing, and Postgres is not asked.

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Of any version (RFC 9562 section 4). */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}
