// docs/reference/errors.md: every code that an error can have, from the lists that the code uses.

import { ERROR_CODES } from '../graphql/error-codes.js';
import { FAULTS } from '../input/user-error.js';

/** Those that client/ makes when there is no answer. */
const OF_THE_CLIENT = [
  [
    'CONNECTION_LOST',
    'A subscription’s connection broke, and could not be made again.',
    'Read the state, and subscribe again.',
  ],
  ['INVALID_ANSWER', 'What answered is no gateway: a proxy’s page, say.', 'Try again later; check the URL.'],
  ['UNKNOWN', 'An error without a code.', 'As `INTERNAL_SERVER_ERROR`.'],
] as const;

export function printedErrors(): string {
  const shared = Object.entries(ERROR_CODES).map(([code, { status, means, answer }]) =>
    row(`\`${code}\``, status, means, answer),
  );
  const faults = Object.entries(FAULTS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([code, message]) => row(`\`${code}\``, message));
  return `# Errors

Written by \`npm run schema\`. Three kinds, by whom they are for:

- \`userErrors\` of a mutation's payload: what the person who entered the input can put right. \`field\` names the field of the input.
- \`errors\` of an answer: what a frontend handles, by \`extensions.code\`. \`client/\` rejects with a \`GatewayError\` that has them.
- No answer at all: \`client/\` rejects as \`fetch\` does.

Messages are in English and never repeat the input. Programs go by codes; a frontend may have words of its own for each.

## Codes of \`errors\`

| code | HTTP status | means | what to do |
|---|---|---|---|
${shared.join('\n')}

200 or 400: 400 for those who accept \`application/graphql-response+json\`. Over WebSocket there is no status.

Made by \`client/\`:

| code | means | what to do |
|---|---|---|
${OF_THE_CLIENT.map(([code, ...cells]) => row(`\`${code}\``, ...cells)).join('\n')}

## Codes of \`userErrors\`

Uploads (\`PUT /rights-requests/…\`) answer with these, too, as \`errors\` with an HTTP status from 400.

| code | message |
|---|---|
${faults.join('\n')}
`;
}

function row(...cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}
