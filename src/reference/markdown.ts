// Tables in Markdown.

export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(headings), `|${'---|'.repeat(headings.length)}`, ...rows.map(row)].join('\n');
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;
}

export function code(text: string): string {
  return `\`${text}\``;
}
