// docs/reference/errors.md: every code that an error can have, from the lists that the code uses.
import { ERROR_CODES, USER_ERRORS } from '../lib/error-codes.js';

import { code, table } from './markdown.js';

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

export function errorsPage(): string {
  const shared = Object.entries(ERROR_CODES).map(([name, { status, means, answer }]) => [
    code(name),
    status,
    means,
    answer,
  ]);
  const ofClient = OF_THE_CLIENT.map(([name, ...cells]) => [code(name), ...cells]);
  const userErrors = Object.entries(USER_ERRORS)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, [message, action]]) => [code(name), message, action]);
  return `# Error codes

There are three kinds, by whom they are for:

- \`userErrors\` of a mutation's payload: what the person who entered the input can correct. \`field\` names the field of the input.
- \`errors\` of an answer: what a frontend handles, by \`extensions.code\`. \`client/\` rejects with a \`GatewayError\` that has them.
- No answer: \`client/\` rejects as \`fetch\` does.

Messages are in English and never repeat the input. Programs go by codes; a frontend may have its own words for each.

## Codes of \`errors\`

${table(['code', 'HTTP status', 'means', 'what to do'], shared)}

200 or 400: 400 for clients that accept \`application/graphql-response+json\`. Over WebSocket there is no status.

Made by \`client/\`:

${table(['code', 'means', 'what to do'], ofClient)}

## Codes of \`userErrors\`

Uploads (\`PUT /rights-requests/…\`) answer with these, too, as \`errors\` with an HTTP status from 400.

${table(['code', 'message', 'what to do'], userErrors)}
`;
}
