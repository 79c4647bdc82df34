// A record of a CSV file (RFC 4180).

/** Fields are quoted where they must be; null is empty, and an object is its JSON. */
export function csvLine(values: readonly unknown[]): string {
  return `${values.map((value) => field(value)).join(',')}\r\n`;
}

function field(value: unknown): string {
  if (value === null || value === undefined) return '';
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
