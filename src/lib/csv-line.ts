// A record of a CSV file (RFC 4180) for spreadsheets.

/** What spreadsheets take for the beginning of a formula, and its full-width forms (OWASP, CSV Injection). */
const FORMULA = /^[=+\-@\t\r\n\uFF1D\uFF0B\uFF0D\uFF20]/;

/**
 * Fields are quoted where they must be; null is empty, and an object is its JSON. A text that a spreadsheet would take for a
 * formula gets an apostrophe before it: a stranger may have typed it.
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
