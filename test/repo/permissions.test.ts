import 'reflect-metadata';
import { expect, it } from 'vitest';
import { operations } from '../../src/schema/permissions.js';

const ROLES = ['user', 'support', 'dpo', 'admin'] as const;

/** What a rule of permissions.ts lets through, by its name: a cell for those who are signed out, each role and VPN nodes. */
function cellsOf(rule: string): string[] {
  if (rule === 'anyone') return ['yes', 'yes', 'yes', 'yes', 'yes', ''];
  if (rule === 'signedIn') return ['', 'yes', 'yes', 'yes', 'yes', ''];
  if (rule === 'freshFactor') return ['', 'fresh', 'fresh', 'fresh', 'fresh', ''];
  if (rule === 'vpnNode') return ['', '', '', '', '', 'yes'];
  const [, fresh, roles] = /^staff( with a fresh factor)?: (.+)$/.exec(rule) ?? [];
  const allowed = roles?.split(', ') ?? [];
  const word = fresh === undefined ? 'yes' : 'fresh';
  return ['', ...ROLES.map((role) => (allowed.includes(role) ? word : '')), ''];
}

function table(fields: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(fields).map(([field, rule]) => {
    const cells = cellsOf((rule as { readonly name: string }).name);
    expect(cells.some((cell) => cell !== '')).toBe(true);
    return `| \`${field}\` | ${cells.join(' | ')} |`;
  });
  return [
    '| | signed out | user | support | dpo | admin | VPN node |',
    '|---|---|---|---|---|---|---|',
    ...rows,
  ].join('\n');
}

it('docs/reference/permissions.md says who may call each operation: vitest --update writes it', async () => {
  const { Query, Mutation, Subscription } = operations;
  await expect(`# Who may call what

Made from \`src/schema/permissions.ts\`. \`yes\`: with a session, and of staff one that was begun with a second factor.
\`fresh\`: a factor must have been shown minutes ago, too (\`stepUp\`). Whose data somebody sees, services decide: \`user\` sees
their own. What is not listed is refused.

An admin cannot look at what customers have used, and support cannot look at the allowlist: each sees what their work needs.

## Queries

${table(Query)}

## Mutations

${table(Mutation)}

## Subscriptions

${table(Subscription)}
`).toMatchFileSnapshot('../../docs/reference/permissions.md');
});
