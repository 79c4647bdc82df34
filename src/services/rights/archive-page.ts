// The page that an archive opens with: everything in it for the eye, and what Article 15(1) of the GDPR asks to be told.
// It needs nothing from anywhere, and runs nothing.
import type { Day } from '../../day.js';
import type { Topic } from '../kept-data.js';
import type { Processor } from '../processors.js';

export interface Section {
  readonly name: string;
  readonly topic: Topic;
  readonly columns: readonly { readonly name: string; readonly what: string }[];
  readonly purposes: readonly string[];
  /** For how long; null where it stands in words of its own. */
  readonly lifetime: string | null;
  readonly withheld: readonly { readonly name: string; readonly what: string; readonly why: string }[];
  /** Of all rows. */
  count: number;
  /** The first of them. */
  rows: Readonly<Record<string, unknown>>[];
}

const TITLES: Readonly<Record<Topic, string>> = {
  account: 'Your account',
  pending: 'What waits for a link to be opened',
  security: 'Your second factors',
  sessions: 'Where you are signed in',
  consent: 'Your consents, and the policy you have used the product under',
  addresses: 'Your MediaStreamer addresses',
  usage: 'Your use of the VPN',
  'staff-access': 'Looks of our staff at your usage',
  requests: 'Your privacy requests',
  mails: 'Mails that wait to be sent to you',
};

const STYLE = `body{font:16px/1.5 system-ui,sans-serif;max-width:64rem;margin:2rem auto;padding:0 1rem;color:#1b1b1f;background:#fff}
h1{font-size:1.6rem}h2{margin-top:2.5rem;border-bottom:1px solid #ccc}h3{font-size:1rem;margin-bottom:.25rem}
.scroll{overflow-x:auto}table{border-collapse:collapse;font-size:.875rem}th,td{border:1px solid #ccc;padding:.25rem .5rem;text-align:left;vertical-align:top}
th{background:#f3f3f6}p.note{color:#55555f;font-size:.875rem}
@media (prefers-color-scheme:dark){body{color:#e6e6ea;background:#16161a}th{background:#26262c}th,td,h2{border-color:#44444c}p.note{color:#a5a5ae}}`;

export function writePage(page: {
  day: Day;
  sections: readonly Section[];
  processors: readonly Processor[];
}): string {
  const topics = [...new Set(page.sections.map(({ topic }) => topic))];
  const body = topics.map((topic) => {
    const sections = page.sections.filter((section) => section.topic === topic);
    return `<h2 id="${topic}">${escaped(TITLES[topic])}</h2>\n${sections.map(sectionText).join('')}`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Your data at CyberSapceVPN</title>
<style>${STYLE}</style>
</head>
<body>
<h1>Your data at CyberSapceVPN</h1>
<p>This is everything that we keep about you, as of ${page.day}. The same is in <code>data</code> as JSON, described in
<code>schemas</code>, and in <code>tables</code> as CSV; <code>manifest.json</code> has the checksums. In the tables a text that
a spreadsheet would take for a formula has an apostrophe before it; in the JSON it stands as it was written.</p>
<ul>${topics.map((topic) => `<li><a href="#${topic}">${escaped(TITLES[topic])}</a></li>`).join('')}
<li><a href="#recipients">Who gets data</a></li><li><a href="#rights">Your rights</a></li></ul>
${body.join('')}
<h2 id="recipients">Who gets data</h2>
<ul>${page.processors
    .map(
      ({ name, owner, purpose }) =>
        `<li><b>${escaped(name)}</b> (${escaped(owner)}): ${escaped(purpose)}</li>`,
    )
    .join('')}</ul>
<h2 id="rights">Your rights</h2>
<p>You can ask us to correct or delete data, to restrict its use, and to hand it over; you can object to its use and withdraw
any consent; and you can complain to a supervisory authority. We got the data from you and from your use of our services.
Nothing is decided about you by a machine alone.</p>
</body>
</html>
`;
}

function sectionText(section: Section): string {
  const { name, columns, count, rows, purposes, lifetime, withheld } = section;
  const head = columns.map(
    ({ name: column, what }) => `<th title="${escaped(what)}">${escaped(column)}</th>`,
  );
  const lines = rows.map(
    (row) => `<tr>${columns.map(({ name: column }) => `<td>${cell(row[column])}</td>`).join('')}</tr>`,
  );
  const table = `<div class="scroll"><table><tr>${head.join('')}</tr>${lines.join('')}</table></div>`;
  const more =
    count > rows.length
      ? `<p class="note">The first ${rows.length} of ${count}; all are in tables/${name}.csv.</p>`
      : '';
  const why = purposes.length === 0 ? '' : `<p class="note">Why: ${escaped(purposes.join('; '))}.</p>`;
  const until = lifetime === null ? '' : `<p class="note">For how long: ${escaped(lifetime)}.</p>`;
  const without = withheld
    .map(
      ({ name: column, what, why: reason }) =>
        `<p class="note">Not in here: ${escaped(column)} (${escaped(what)}). ${escaped(reason)}</p>`,
    )
    .join('');
  return `<h3>${escaped(name)}</h3>${count === 0 ? '<p>Nothing.</p>' : `${table}${more}`}${why}${until}${without}\n`;
}

function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  return escaped(typeof value === 'object' ? JSON.stringify(value) : String(value));
}

function escaped(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
