// docs/reference/permissions.md: who may call each root field, from the rules that the gateway goes by.
import { operations } from '../schema/permissions.js';
import { code, table } from './markdown.js';

const ROLES = ['user', 'support', 'dpo', 'admin'] as const;

export function permissionsPage(): string {
  const { Query, Mutation, Subscription } = operations;
  return `# Permissions

Who may call each root field. \`yes\`: with a session, and for staff one that began with a second factor. \`fresh\`: the person must also
have shown a factor minutes ago (\`stepUp\`). What is not listed is refused.

Services decide whose data somebody sees: \`user\` sees their own. An admin cannot see what customers have used, and support cannot see
the allowlist: each role sees what its work needs.

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
