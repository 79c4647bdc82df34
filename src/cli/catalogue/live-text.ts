// The report of `catalogue check --live` for people: what was found, and what to do about it.
import type { LiveFinding, LiveReport } from './live.js';

export function liveText(report: LiveReport): string {
  const { gone, parked, siblings, unanswered, left } = report;
  const parts = [
    part('Gone: take the name out, or find the name that has replaced it.', gone.map(lineOf)),
    part(
      'Parked: take the name out today. Its new owner gets what our customers send there.',
      parked.map(lineOf),
    ),
    part(
      'In certificates, and not in the catalogue: add the domain to the service, or to the known siblings with a reason.',
      siblings.map(
        ({ domain, service, certificatesOf }) =>
          `  ${domain}  (${service}): in the certificates of ${certificatesOf.join(', ')}`,
      ),
    ),
    part(
      'Without an answer: check again, and look at names that stay here for weeks.',
      unanswered.map(lineOf),
    ),
    part(
      'Not reached in time: give more time with --deadline.',
      left.map((name) => `  ${name}`),
    ),
  ];
  const names = report.checked === 1 ? '1 name' : `${report.checked} names`;
  const counts = `${names} checked: ${gone.length} gone, ${parked.length} parked, ${siblings.length} siblings, ${unanswered.length} without an answer, ${left.length} not reached`;
  return `${[...parts.filter((text) => text !== ''), counts].join('\n\n')}\n`;
}

/** How many things somebody has to look at. */
export function findingCount({ gone, parked, siblings, unanswered, left }: LiveReport): number {
  return gone.length + parked.length + siblings.length + unanswered.length + left.length;
}

function part(title: string, lines: readonly string[]): string {
  return lines.length === 0 ? '' : [title, ...lines].join('\n');
}

function lineOf({ name, service, place, sign }: LiveFinding): string {
  return `  ${name}  (${service}, ${place}): ${sign}`;
}
