// The table of a drill, and what of it exceeds its limits.
import type { Fault } from './fault.js';
import { LIMITS } from './limits.js';
import type { Counted } from './tally.js';

export interface Row {
  readonly name: string;
  readonly title: string;
  readonly requests: Counted;
  readonly questions: Counted;
  readonly lost: number;
  readonly wrong: number;
  /** What was not whole again in time. */
  readonly missing: readonly string[];
  /** What reported it, with how often. */
  readonly reported: Readonly<Record<string, number>>;
}

/** `timed`: whether times count, too; on a machine that is busy with others they say nothing. */
export function excessesOf(row: Row, timed: boolean): string[] {
  const limit = LIMITS[row.name]!;
  const reported = Object.keys(row.reported);
  return [
    ...(row.lost > 0 ? [`${row.lost} acknowledged and lost`] : []),
    ...(row.wrong > 0 ? [`${row.wrong} answers wrong`] : []),
    ...row.missing.map((what) => `not whole again: ${what}`),
    ...limit.reported
      .filter((pattern) => !reported.some((what) => pattern.test(what)))
      .map((pattern) => `nothing reported it as ${pattern.source}`),
    ...(timed ? lateness(row) : []),
  ];
}

function lateness({ name, requests, questions }: Row): string[] {
  const { awaySeconds, dnsAwaySeconds = 0 } = LIMITS[name]!;
  return [
    ...(requests.awaySeconds > awaySeconds ? [`away ${requests.awaySeconds} s of ${awaySeconds} s`] : []),
    ...(questions.awaySeconds > dnsAwaySeconds
      ? [`DNS away ${questions.awaySeconds} s of ${dnsAwaySeconds} s`]
      : []),
  ];
}

/** In Markdown, as the documents have it. */
export function tableOf(rows: readonly Row[]): string {
  const header = [
    'fault',
    'requests failed / all',
    'away',
    'longest answer',
    'questions failed / all',
    'DNS away',
    'lost',
    'wrong',
    'reported by',
  ];
  const cells = rows.map((row) => [
    row.title,
    `${row.requests.failed} / ${row.requests.all}${codesOf(row.requests)}`,
    away(row.requests, row.missing.length > 0),
    `${row.requests.longestSeconds} s`,
    `${row.questions.failed} / ${row.questions.all}`,
    away(row.questions, false),
    String(row.lost),
    String(row.wrong),
    Object.entries(row.reported)
      .map(([what, count]) => `${what} × ${count}`)
      .join(', ') || 'nothing',
  ]);
  const lines = [header, header.map(() => '---'), ...cells];
  return lines.map((line) => `| ${line.join(' | ')} |`).join('\n');
}

function codesOf({ failures }: Counted): string {
  const codes = Object.entries(failures).map(([code, count]) => `${count} ${code}`);
  return codes.length === 0 ? '' : ` (${codes.join(', ')})`;
}

function away({ awaySeconds }: Counted, goesOn: boolean): string {
  return awaySeconds === 0 ? 'none' : `${goesOn ? '> ' : ''}${awaySeconds} s`;
}

export function progressOf(row: Row, excesses: readonly string[]): string {
  const { requests, questions, lost, wrong } = row;
  const verdict = excesses.length === 0 ? 'ok' : excesses.join('; ');
  return (
    `  ${requests.failed} / ${requests.all} requests failed, away ${requests.awaySeconds} s; ` +
    `${questions.failed} / ${questions.all} questions, ${questions.awaySeconds} s; lost ${lost}, wrong ${wrong}: ${verdict}`
  );
}

export function namesOf(faults: readonly Fault[]): string {
  return faults
    .map(({ name, title, quick }) => `${name.padEnd(22)}${quick ? 'quick  ' : '       '}${title}`)
    .join('\n');
}
