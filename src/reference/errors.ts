// docs/reference/errors.md: every code that an error can have, from the lists that the code uses.
import { ERROR_CODES, USER_ERRORS } from '../lib/error-codes.js';

import { code, table } from './markdown.js';

/** Those that client/ makes when there is no answer. */
const OF_THE_CLIENT = [
  [
    'CONNECTION_LOST',
    'The connection of a subscription was lost, and could not be restored.',
    'Read the state again, and subscribe again.',
  ],
  [
    'INVALID_ANSWER',
    'The response does not come from a gateway: it is the page of a proxy, for example.',
    'Check the URL, and try again later.',
  ],
  ['UNKNOWN', 'The error has no code.', 'Handle it like `INTERNAL_SERVER_ERROR`.'],
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

There are three kinds of errors:

- \`userErrors\` in the payload of a mutation: errors that the person who entered the input can correct. \`field\` names the field of the input.
- \`errors\` in the response: errors that a frontend handles by their \`extensions.code\`. \`client/\` rejects with a \`GatewayError\` that contains them.
- Network errors, when there is no response: \`client/\` rejects with the error of \`fetch\`.

Messages are in English and never repeat the input. Programs use the codes; a frontend can have its own message for each code.

## Codes of \`errors\`

${table(['code', 'HTTP status', 'means', 'what to do'], shared)}

“200 or 400” means 400 for clients that accept \`application/graphql-response+json\`, and 200 for others. WebSocket has no status.

\`client/\` itself adds these codes:

${table(['code', 'means', 'what to do'], ofClient)}

## Codes of \`userErrors\`

Uploads (\`PUT /rights-requests/…\`) also return these codes: in \`errors\`, with an HTTP status of 400 or higher.

${table(['code', 'message', 'what to do'], userErrors)}
`;
}
