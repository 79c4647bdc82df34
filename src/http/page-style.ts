// What the pages that the gateway serves itself have in common: a look, and a policy that allows it alone.
import { createHash } from 'node:crypto';

/** CSS: one narrow column, light or dark as the device is. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; }
body { margin: 0; padding: 3rem 1.25rem; font: 1.0625rem/1.55 system-ui, sans-serif; }
main { max-width: 32rem; margin: 0 auto; }
h1 { margin: 0 0 1rem; font-size: 1.5rem; line-height: 1.25; text-wrap: balance; }
p { margin: 0 0 1.5rem; }`;

/** A Content-Security-Policy for a page that runs no script, loads nothing and has this style. */
export function pagePolicy(style: string, formAction: "'self'" | "'none'"): string {
  return [
    "default-src 'none'",
    `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
    `form-action ${formAction}`,
    "base-uri 'none'",
    "frame-ancestors 'none'",
  ].join('; ');
}
