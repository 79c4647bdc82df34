// The pages of the mailbox: a list that reloads itself, and one mail as its recipient sees it.
import { escaped, htmlPage } from '../lib/html.js';
import { PORTAL_PAGES, portalBody } from './portal-pages.js';

export interface MailHeading {
  /** Counts up from 1. */
  readonly id: number;
  readonly to: string;
  readonly subject: string;
}

interface Mail extends MailHeading {
  readonly text: string;
  readonly html: string;
  readonly headers: readonly { readonly name: string; readonly value: string }[];
}

/** The policy of a mail's HTML: it may have its own styles and nothing else, and no link opens by itself. */
export const withoutScripts =
  "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'; " +
  'sandbox allow-popups allow-popups-to-escape-sandbox';

const STYLE = `
  :root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 18%, transparent); }
  * { box-sizing: border-box; }
  body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem 3rem; font: 1rem/1.5 system-ui, sans-serif; }
  h1 { font-size: 1.3rem; line-height: 1.3; margin: 0 0 .25rem; overflow-wrap: anywhere; }
  h2 { font-size: 1rem; margin: 2rem 0 .5rem; }
  p { margin: 0 0 1.25rem; opacity: .75; }
  ol { list-style: none; margin: 0; padding: 0; border-top: 1px solid var(--line); }
  li { border-bottom: 1px solid var(--line); }
  li a { display: grid; grid-template-columns: minmax(8rem, 1fr) 2fr; gap: .25rem 1rem; padding: .7rem .5rem;
    color: inherit; text-decoration: none; }
  li a:hover, li a:focus-visible { background: color-mix(in srgb, currentColor 7%, transparent); }
  li span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
  li .to { opacity: .75; }
  iframe { width: 100%; height: 36rem; border: 1px solid var(--line); border-radius: .5rem; background: Canvas; }
  pre { margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; white-space: pre-wrap;
    overflow-wrap: anywhere; font: .875rem/1.5 ui-monospace, monospace; }
  @media (max-width: 36rem) { li a { grid-template-columns: 1fr; } }
`;

const SECONDS_BETWEEN_LISTS = 3;

export function listPage(mails: readonly MailHeading[]): string {
  const items = mails.map(
    ({ id, to, subject }) =>
      `<li><a href="/mails/${id}"><span class="to">${escaped(to)}</span><span>${escaped(subject)}</span></a></li>`,
  );
  const list = items.length > 0 ? `<ol>${items.join('')}</ol>` : '<p>No mail yet.</p>';
  const renewal = `<meta http-equiv="refresh" content="${SECONDS_BETWEEN_LISTS}">`;
  const note = 'The newest hundred mails that this <code>npm start</code> has sent. They are only in memory.';
  return page('Mailbox', `<h1>Mailbox</h1><p>${note}</p>${list}`, renewal);
}

export function messagePage({ id, to, subject, text, headers }: Mail): string {
  const lines = headers.map(({ name, value }) => `${name}: ${value}`).join('\n');
  return page(
    subject,
    `<p><a href="/">All mails</a></p>
    <h1>${escaped(subject)}</h1>
    <p>to ${escaped(to)}</p>
    <iframe src="/mails/${id}/html" title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox"></iframe>
    <h2>As plain text</h2>
    <pre>${escaped(text)}</pre>
    <h2>Header</h2>
    <pre>${escaped(lines)}</pre>`,
  );
}

/** As `portalBody`, for a path that PORTAL_PAGES has. */
export function portalPage(path: string, gatewayPort: number): string {
  return page(PORTAL_PAGES[path]!.title, portalBody(path, gatewayPort));
}

function page(title: string, body: string, head?: string): string {
  return htmlPage({ lang: 'en', title, head, style: STYLE, body });
}
