// The codes of errors beside those of userErrors: what each means, and what a frontend does about it. docs/reference/errors.md shows them.

interface ErrorCodeEntry {
  /** Of the HTTP answer. */
  readonly status: string;
  readonly means: string;
  readonly answer: string;
  /** Whether an operation's errors can have it, with the message that they bring; every other error is masked. */
  readonly shown?: true;
}

/** 400 for clients that accept `application/graphql-response+json`, as GraphQL over HTTP wants it. */
const DOCUMENT_FAULT = '200 or 400';

export const ERROR_CODES = {
  BAD_REQUEST: {
    status: '400, 406, 415, 417',
    means: 'The request is no GraphQL request, or cannot be read.',
    answer: 'Mend the client. The message names what is wrong.',
    shown: true,
  },
  BAD_USER_INPUT: {
    status: DOCUMENT_FAULT,
    means: 'An argument or a variable has no value that the API can take.',
    answer: 'Mend the value. `extensions.argument` names the argument where one is at fault.',
    shown: true,
  },
  FORBIDDEN: {
    status: '200, 403',
    means: 'The account may not do this.',
    answer: 'Do not offer it to this account. Another sign-in of the same account changes nothing.',
    shown: true,
  },
  GRAPHQL_PARSE_FAILED: {
    status: DOCUMENT_FAULT,
    means: 'The document has a syntax error.',
    answer: 'Mend the document.',
    shown: true,
  },
  GRAPHQL_VALIDATION_FAILED: {
    status: DOCUMENT_FAULT,
    means: 'The document does not fit the schema.',
    answer: 'Mend the document; check it against `schema.graphql`.',
    shown: true,
  },
  INTERNAL_SERVER_ERROR: {
    status: '200, 500',
    means: 'A fault of ours.',
    answer:
      'Show that something went wrong. Whether a mutation was carried out is not known: read the state again.',
    shown: true,
  },
  METHOD_NOT_ALLOWED: {
    status: '405',
    means: 'GraphQL requests are sent with POST.',
    answer: 'Send a POST; in urql and Apollo Client turn GET off.',
  },
  NOT_FOUND: {
    status: '404',
    means: 'Nothing is at this path, or an archive is gone.',
    answer: 'Check the path; ask for another link of the archive.',
  },
  OPERATION_NOT_SERVED: {
    status: DOCUMENT_FAULT,
    means: 'In production only listed operations are served, and this is none.',
    answer: 'Send the `documentId` of a listed operation, or have the operator add yours to `OPERATIONS`.',
    shown: true,
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: DOCUMENT_FAULT,
    means: 'The document has no operation of that name, or several and none is named.',
    answer: 'Send the right `operationName`, or none.',
    shown: true,
  },
  OPERATION_TOO_LARGE: {
    status: DOCUMENT_FAULT,
    means: 'The operation asks for more than one operation may.',
    answer: 'Ask for less: the message names the limit.',
    shown: true,
  },
  ORIGIN_NOT_ALLOWED: {
    status: '403',
    means: 'The page’s origin is not one of `CORS_ORIGINS`.',
    answer: 'Have the operator add the origin.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    status: DOCUMENT_FAULT,
    means: 'A link has sent a digest that stands in no list, where texts are served.',
    answer: 'Links of Apollo Client and urql send the text then.',
    shown: true,
  },
  REQUEST_TIMEOUT: {
    status: '408',
    means: 'The request took too long to arrive.',
    answer: 'Send it again.',
  },
  REQUEST_TOO_LARGE: {
    status: '413, 431',
    means: 'The body or the header fields are too large.',
    answer: 'Send less at once.',
  },
  SECOND_FACTOR_REQUIRED: {
    status: '200',
    means: 'Staff act with a second factor alone, and this session has one factor.',
    answer: 'Have the person enrol a second factor, and sign in with it.',
    shown: true,
  },
  SERVICE_UNAVAILABLE: {
    status: '200, 503',
    means: 'A store is away or takes no writes, or others were in the way for too long.',
    answer: 'Try again later.',
    shown: true,
  },
  STEP_UP_REQUIRED: {
    status: '200',
    means: 'The operation wants a factor that was shown minutes ago.',
    answer: 'Call `stepUp`, and send its token as `Step-Up-Token` (`onStepUpRequired` of the client).',
    shown: true,
  },
  TOO_MANY_SUBSCRIPTIONS: {
    status: '200, 400',
    means: 'The account watches as much as an account may.',
    answer: 'End a subscription first.',
    shown: true,
  },
  UNAUTHENTICATED: {
    status: '200, 401',
    means: 'No session, or one that has ended.',
    answer: 'Have the person sign in.',
    shown: true,
  },
} as const satisfies Readonly<Record<string, ErrorCodeEntry>>;

export type ErrorCode = keyof typeof ERROR_CODES;

/** The codes whose messages are ours or the GraphQL library's. */
export const SHOWN_CODES: ReadonlySet<string> = new Set(
  Object.entries<ErrorCodeEntry>(ERROR_CODES)
    .filter(([, { shown }]) => shown)
    .map(([code]) => code),
);
