// A record of a CSV file (RFC 4180) for spreadsheets.

/** Characters with which spreadsheets begin a formula, and their full-width forms (OWASP, CSV Injection). */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * Fields are quoted where necessary; null is empty, and an object is written as JSON. A string that a spreadsheet would take for a
 * formula gets an apostrophe before it, because anyone may have typed it.
 */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map(field).join(',')}\r\n`;
}

function field(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value !== 'string' && typeof value !== 'object') return String(value);
  const text = typeof value === 'object' ? JSON.stringify(value) : value;
  const inert = FORMULA.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(inert) ? `"${inert.replaceAll('"', '""')}"` : inert;
}
