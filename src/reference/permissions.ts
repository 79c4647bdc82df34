// docs/reference/permissions.md: who may call each root field, from the rules that the gateway goes by.
import { operations } from '../schema/permissions.js';
import { code, table } from './markdown.js';

const ROLES = ['user', 'support', 'dpo', 'admin'] as const;

export function permissionsPage(): string {
  const { Query, Mutation, Subscription } = operations;
  return `# Permissions

This page lists who may call each root field. \`yes\` means that the role may call it. \`fresh\` means that it also requires a fresh
factor (\`stepUp\`). A field that only roles of staff may call requires a session with a second factor. A field that is not listed is
refused.

The services decide whose data a field returns: a \`user\` sees only their own. Each role of staff sees only what its work requires: an
admin cannot see the usage data of customers, and support cannot see the allowlist.

## Queries

${tableOf(Query)}

## Mutations

${tableOf(Mutation)}

## Subscriptions

${tableOf(Subscription)}
`;
}

function tableOf(fields: Readonly<Record<string, unknown>>): string {
  const rows = Object.entries(fields).map(([field, rule]) => {
    const cells = cellsOf((rule as { readonly name: string }).name);
    if (cells.every((cell) => cell === '')) throw new Error(`${field}: nobody may call it`);
    return [code(field), ...cells];
  });
  return table(['', 'signed out', ...ROLES, 'VPN node'], rows);
}

/** What a rule of permissions.ts allows, by its name: a cell for signed-out clients, each role and VPN nodes. */
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
