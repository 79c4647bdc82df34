// All error codes of the API: what each means, and what a client does about it. docs/reference/errors.md shows them.

interface ErrorCodeEntry {
  /** Of the HTTP answer. */
  readonly status: string;
  readonly means: string;
  readonly answer: string;
  /** Whether an operation's errors can have it, with the message that they bring; every other error is masked. */
  readonly shown?: true;
}

/** 400 for clients that accept `application/graphql-response+json`, as GraphQL over HTTP wants it. */
const DOCUMENT_STATUS = '200 or 400';

export const ERROR_CODES = {
  BAD_REQUEST: {
    status: '400, 406, 415, 417',
    means: 'The request is not a GraphQL request, or cannot be read.',
    answer: 'Correct the client. The message names the error.',
    shown: true,
  },
  BAD_USER_INPUT: {
    status: DOCUMENT_STATUS,
    means: 'An argument or a variable has an invalid value.',
    answer: 'Correct the value. `extensions.argument` names the argument.',
    shown: true,
  },
  FORBIDDEN: {
    status: '200, 403',
    means: 'The account may not do this.',
    answer: 'Do not offer the operation to this account. Signing in again does not help.',
    shown: true,
  },
  GRAPHQL_PARSE_FAILED: {
    status: DOCUMENT_STATUS,
    means: 'The document has a syntax error.',
    answer: 'Correct the document.',
    shown: true,
  },
  GRAPHQL_VALIDATION_FAILED: {
    status: DOCUMENT_STATUS,
    means: 'The document is not valid against the schema.',
    answer: 'Correct the document, and check it against `schema.graphql`.',
    shown: true,
  },
  INTERNAL_SERVER_ERROR: {
    status: '200, 500',
    means: 'The gateway failed unexpectedly.',
    answer: 'Show that something went wrong. A mutation may have been carried out, so read the state again.',
    shown: true,
  },
  METHOD_NOT_ALLOWED: {
    status: '405',
    means: 'The HTTP method is not POST.',
    answer: 'Send GraphQL requests with POST. Turn GET off in urql and Apollo Client.',
  },
  NOT_FOUND: {
    status: '404',
    means: 'The path does not exist, or the download link of a data export has expired.',
    answer: 'Check the path, or call `downloadExport` for a new link.',
  },
  OPERATION_NOT_SERVED: {
    status: DOCUMENT_STATUS,
    means: 'In production only listed operations are served, and this operation is not listed.',
    answer: 'Send the `documentId` of a listed operation, or have the operator add yours to `OPERATIONS`.',
    shown: true,
  },
  OPERATION_RESOLUTION_FAILURE: {
    status: DOCUMENT_STATUS,
    means:
      'The document has no operation with this name, or it has several operations and the request names none.',
    answer:
      'Send the `operationName` of an operation in the document. It can be left out when there is only one.',
    shown: true,
  },
  OPERATION_TOO_LARGE: {
    status: DOCUMENT_STATUS,
    means: 'The operation exceeds a limit.',
    answer: 'Request less. The message names the limit.',
    shown: true,
  },
  ORIGIN_NOT_ALLOWED: {
    status: '403',
    means: 'The origin of the page is not in `CORS_ORIGINS`.',
    answer: 'Have the operator add the origin.',
  },
  PERSISTED_QUERY_NOT_SUPPORTED: {
    status: DOCUMENT_STATUS,
    means: 'The request has a hash that no list contains, and no document.',
    answer: 'Send the document. The links of Apollo Client and urql do this automatically.',
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
    means: 'Staff need a second factor, and this session began without one.',
    answer: 'Ask the person to enable a second factor and to sign in with it.',
    shown: true,
  },
  SERVICE_UNAVAILABLE: {
    status: '200, 503',
    means: 'A store is not available, or did not answer in time.',
    answer: 'Try again later.',
    shown: true,
  },
  STEP_UP_REQUIRED: {
    status: '200',
    means: 'The operation requires a fresh factor.',
    answer:
      'Call `stepUp`, and repeat the request with its token as the header `Step-Up-Token`. In `client/`, `onStepUpRequired` does this.',
    shown: true,
  },
  TOO_MANY_SUBSCRIPTIONS: {
    status: '200, 400',
    means: 'The account has the maximum number of subscriptions.',
    answer: 'End another subscription first.',
    shown: true,
  },
  UNAUTHENTICATED: {
    status: '200, 401',
    means: 'The request has no session, or the session has ended.',
    answer: 'Ask the person to sign in.',
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

/** What a frontend does about most user errors. */
const CORRECT = 'Show the message at the field, and let the person correct the input.';

/** The codes of user errors: the message, which never repeats the input, and what a client does. */
export const USER_ERRORS = {
  INVALID_EMAIL: ['This is not an e-mail address.', CORRECT],
  PASSWORD_TOO_SHORT: [
    'The password must have at least 15 characters, or 8 in an account with a second factor.',
    CORRECT,
  ],
  PASSWORD_TOO_LONG: ['The password must have at most 256 characters.', CORRECT],
  PASSWORD_EQUALS_EMAIL: ['The password must differ from the e-mail address.', CORRECT],
  PASSWORD_BREACHED: ['The password is known from a breach. Choose another one.', CORRECT],
  TOO_MANY_ATTEMPTS: [
    'There have been too many attempts. Try again later.',
    'Let the person wait some minutes. Do not repeat the request on your own.',
  ],
  INVALID_CREDENTIALS: [
    'There is no account with this e-mail address and password, or there have been too many attempts for the address. If you are sure of both, reset the password by e-mail.',
    'Offer to reset the password (`requestPasswordReset`).',
  ],
  CHALLENGE_INVALID: [
    'This sign-in has expired or was already completed. Sign in again.',
    'Begin again with `signIn`.',
  ],
  PASSWORD_WRONG: ['The password is not the account’s password.', CORRECT],
  SECOND_FACTOR_WRONG: [
    'The code or passkey was not accepted. A code works once.',
    'Ask for another code or passkey.',
  ],
  SECOND_FACTOR_NEEDED: [
    'The account has a second factor. Use it instead of the password.',
    'Ask for one of the second factors in `viewer.secondFactors`.',
  ],
  SIGN_IN_NEEDED: [
    'The link alone does not confirm this request. Sign in, and show a factor again.',
    'Have the person sign in, call `stepUp`, and repeat the mutation.',
  ],
  UNKNOWN_COUNTRY: ['This is not a country code of ISO 3166-1 (two letters).', CORRECT],
  UNKNOWN_SUBDIVISION: [
    'The country has no such state or province. Use the second part of its ISO 3166-2 code, such as CA.',
    CORRECT,
  ],
  SUBDIVISION_NEEDED: [
    'In this country the required age depends on the state or province. Select the one that you live in.',
    'Offer `ageRequirement.subdivisions`, and send `subdivision`.',
  ],
  AGE_TOO_LOW: [
    'The attested age is too low for this country. ageRequirement returns the required age.',
    'Show `ageRequirement.requiredAge`. The person cannot get an account.',
  ],
  LINK_INVALID: [
    'This link has expired, was already used, or is not valid. Request a new one.',
    'Offer to send a new link.',
  ],
  CONFLICT: [
    'The data has changed since it was read. Read it again, and repeat the change.',
    'Read the object again, show what has changed, and repeat the change with the new version.',
  ],
  SAME_EMAIL: ['The account already has this e-mail address.', CORRECT],
  TEXT_REQUIRED: ['This field is required.', CORRECT],
  TEXT_TOO_LONG: ['The text is too long.', CORRECT],
  INVALID_TEXT: ['The text must not contain control characters.', CORRECT],
  INVALID_NAME: [
    'A name can have letters, at most four digits, spaces and the characters - _ & ( ) , + and ’. A full stop can only end a word.',
    CORRECT,
  ],
  CARD_NUMBER: ['This looks like a payment card number. Card numbers are never stored here.', CORRECT],
  INVALID_TAX_NUMBER: ['A tax number has 4 to 20 letters and digits.', CORRECT],
  INVALID_REFERENCE: ['A reference has at most 64 letters, digits, underscores and hyphens.', CORRECT],
  UNKNOWN_ACCOUNT: ['There is no such account.', 'Check the id or the e-mail address of the account.'],
  AMOUNT_TOO_LOW: ['The amount must be at least 1 of the currency’s smallest unit.', CORRECT],
  UNKNOWN_CURRENCY: ['This is not a currency code of ISO 4217 (three capital letters).', CORRECT],
  PAID_ON_OUT_OF_RANGE: ['The day of the payment must be from a year ago to today (UTC).', CORRECT],
  ACCOUNT_IS_STAFF: [
    'The account belongs to staff, and cannot be erased this way.',
    'Remove the role first (`removeStaff`).',
  ],
  NOT_STAFF: ['The account does not belong to staff.', 'Read `staff` again.'],
  LAST_ADMIN: [
    'This is the last admin. Create another one first: staff create --role admin.',
    'Have an operator create another admin first.',
  ],
  NO_APPEAL: [
    'The law does not provide an appeal here, or the denial was already appealed.',
    'Do not offer an appeal when `appealBy` is null.',
  ],
  TOO_LATE_TO_APPEAL: [
    'The period for an appeal is over.',
    'Do not offer an appeal when `appealBy` is over.',
  ],
  APPEAL_OPEN: ['The request is under appeal. Decide it with answerAppeal.', 'Call `answerAppeal`.'],
  UNKNOWN_OFFICER: [
    'There is no data protection officer with this account id.',
    'Read `staff(role: DPO)` again.',
  ],
  NO_MINOR_REPORT: ['There is no minor report about this account.', 'Read the account again.'],
  NO_SECOND_FACTOR: ['The account has no second factor.', 'Offer to set up a second factor.'],
  TOTP_ENABLED: [
    'The account already has an authenticator app. Disable it first.',
    'Offer `disableTotp` first.',
  ],
  TOTP_NOT_STARTED: [
    'Call startTotp first, which returns a secret for the app.',
    'Call `startTotp`, and show its secret.',
  ],
  TOTP_NOT_ENABLED: ['The account has no authenticator app.', CORRECT],
  TOTP_CODE_WRONG: [
    'The code is not the current code of the app, or it was already used. Wait for the next code.',
    'Ask for the next code of the app.',
  ],
  PASSKEY_REFUSED: [
    'The passkey was not accepted. Start again.',
    'Get new options, and let the browser show the passkey again.',
  ],
  PASSKEY_LIMIT_REACHED: [
    'The account has the maximum number of passkeys. Remove one first.',
    'Offer to remove a passkey.',
  ],
  PASSKEY_UNKNOWN: ['The account has no such passkey.', 'Read `viewer.secondFactors` again.'],
  PASSWORD_NEEDED: [
    'The password is required, because no other second factor is left.',
    'Ask for the password, and send it as `password`.',
  ],
  LABEL_TOO_LONG: ['The label must have at most 64 characters.', CORRECT],
  INVALID_LABEL: ['The label must not contain control characters.', CORRECT],
  UNKNOWN_REGION: ['There is no such region.', 'Read the regions again.'],
  LAST_DAY_OUT_OF_RANGE: ['The last day must be from today (UTC) to five years from today.', CORRECT],
  ADDRESS_UNKNOWN: [
    'The IP address of this request is not known.',
    'Have an operator check `TRUSTED_PROXIES`.',
  ],
  ADDRESS_NOT_PUBLIC: ['The address is not on the public internet.', CORRECT],
  PROOF_INVALID: [
    'The proof of an address has expired, was already used, or is not valid. Fetch a new one.',
    'Fetch `/address-proof` again at each of `mediaStreamer.addressProofUrls`, and repeat the mutation.',
  ],
  TOO_MANY_PROOFS: [
    'There can be one proof of an IPv4 address and one of an IPv6 address.',
    'Send one proof for each family.',
  ],
  NETWORK_LIMIT_REACHED: [
    'The account has the maximum number of networks. Remove one first.',
    'Offer to remove a network, or to move one to the new address (`moveNetwork`).',
  ],
  UNKNOWN_NETWORK: ['The account has no such network.', 'Read `mediaStreamer.networks` again.'],
  UNKNOWN_SERVICE: ['There is no such streaming service.', 'Read `mediaStreamer.services` again.'],
  TOO_MANY_SERVICE_REGIONS: ['There are more entries than streaming services.', CORRECT],
  DUPLICATE_SERVICE: ['An earlier entry is for the same service.', CORRECT],
  GROUP_HAS_OTHER_REGION: [
    'Services of one group have one region. An earlier entry for a service of this group has another one.',
    'Show the services of a group together, with one region (`StreamingService.groupId`).',
  ],
  DUPLICATE_FAMILY: ['An earlier entry is the same family.', CORRECT],
  INVALID_PREFIX: ['This is neither an IP address nor a prefix in CIDR notation.', CORRECT],
  HOST_BITS_SET: ['The prefix has bits set beyond its length.', CORRECT],
  TOO_MANY_ENTRIES: ['There must be between 1 and 1000 entries.', CORRECT],
  DUPLICATE_ENTRY: ['An earlier entry has the same prefix.', CORRECT],
  UNKNOWN_CAMPAIGN: ['There is no such campaign.', 'Read `campaigns` again.'],
  CAMPAIGN_SENT: ['The campaign was already sent.', 'Read the campaign again. It cannot be sent twice.'],
  POSTAL_ADDRESS_MISSING: [
    'Marketing mails must show a postal address. Set POSTAL_ADDRESS, and restart the gateway.',
    'Have an operator set `POSTAL_ADDRESS`.',
  ],
  ENGLISH_REQUIRED: ['A text in English is required, for people whose language is missing.', CORRECT],
  DUPLICATE_LOCALE: ['An earlier text is in the same language.', CORRECT],
  UNKNOWN_PROCESSOR: [
    'There is no processor with this id that requires consent.',
    'Read `processors` again.',
  ],
  INVALID_APP_VERSION: [
    'A version has one to three numbers, such as 12.4.1. A preview has a suffix, as in 13.0.0-beta.2.',
    CORRECT,
  ],
  PROCESSOR_WITHOUT_SHARING: ['A processor can only be given for the purpose SHARING.', CORRECT],
  INVALID_NODE_NAME: [
    'A node’s name has at most 40 lower-case letters and single hyphens. It can end in a number, as in berlin-1.',
    CORRECT,
  ],
  NODE_NAME_TAKEN: ['Another node has this name.', CORRECT],
  UNKNOWN_NODE: ['There is no such node.', 'Read `vpnNodes` again.'],
  UNKNOWN_LOCATION: ['There is no such VPN location.', 'Use an id of `catalogue/locations.json`.'],
  USAGE_DAY_NOT_OVER: [
    'The day is not over (UTC). Report it tomorrow.',
    'Send the report after midnight (UTC).',
  ],
  USAGE_DAY_CLOSED: [
    'The day is closed, and accepts no more reports.',
    'Drop the report. It cannot be recorded any more.',
  ],
  PART_OUT_OF_RANGE: ['Parts are numbered from 1 to 1000.', CORRECT],
  REVISION_OUT_OF_RANGE: ['Revisions are numbered from 1 to 1000.', CORRECT],
  REVISION_OLD: [
    'A later revision of this report was already recorded.',
    'Drop the report. A later one counts.',
  ],
  REVISION_TAKEN: [
    'Other rows were recorded with this revision. Use a higher revision for a correction.',
    'Send the correction with a higher `revision`.',
  ],
  TOO_MANY_ROWS: [
    'A report has at most 50,000 rows. Send the other rows as further parts.',
    'Send the report in parts.',
  ],
  INVALID_USAGE_ROW: [
    'A row has handle, location, country, provider, megabytes and connected, and nothing else.',
    CORRECT,
  ],
  INVALID_HANDLE: ['A usage handle is a UUID.', CORRECT],
  OTHER_LOCATION: [
    'A node can only report for its own VPN location.',
    'Correct the location of the node, or of its report.',
  ],
  INVALID_COUNTRY: ['A country is two capital letters (ISO 3166-1), or ZZ when it is not known.', CORRECT],
  PROVIDER_OUT_OF_RANGE: [
    'A provider is the number of an autonomous system from 1 to 16777215, or 0 when it is not known.',
    CORRECT,
  ],
  MEGABYTES_OUT_OF_RANGE: ['Megabytes are a whole number from 0 to 16777215.', CORRECT],
  OBJECTION_REQUIRED: ['Name the uses that you object to.', CORRECT],
  PURPOSE_REQUIRED: ['Name the consents that you withdraw.', CORRECT],
  CORRECTION_REQUIRED: ['Name the data to correct.', CORRECT],
  REQUEST_OPEN: ['There is already an open request of this kind.', 'Show the open request.'],
  UNKNOWN_REQUEST: ['There is no such request.', 'Read the requests again.'],
  REQUEST_MOVED_ON: [
    'The status of the request does not allow this.',
    'Read the request again, and offer what its status allows.',
  ],
  REQUEST_TAKEN: ['Another data protection officer has taken this request.', 'Read the case queue again.'],
  REQUEST_NOT_TAKEN: ['Take the request first.', 'Call `takeRightsRequest` first.'],
  NO_SUCH_PERSON: [
    'There is no account with the e-mail address that the request is about.',
    'Deny the request, or wait for its expiry.',
  ],
  RECEIVED_ON_OUT_OF_RANGE: ['The day of receipt must be from a year ago to today (UTC).', CORRECT],
  TOO_LATE_TO_EXTEND: [
    'The period for an answer is over, or the law does not allow a longer one.',
    'Answer the request by `dueOn`.',
  ],
  DONE_BY_ITSELF: [
    'Requests of this kind are carried out automatically.',
    'Wait. The status changes when the request is carried out.',
  ],
  REASON_DOES_NOT_FIT: [
    'This reason does not apply: the identity was not verified, or no agent made the request.',
    'Offer another reason.',
  ],
  EMAIL_TAKEN: [
    'Another account has this e-mail address.',
    'Deny the correction, or clarify it with the person.',
  ],
  DOCUMENT_TYPE: ['The file is not a complete PDF, PNG or JPEG file.', CORRECT],
  INVALID_AGENT_ID: ['An agent’s id has 1 to 64 capital letters, digits and underscores.', CORRECT],
  INVALID_VERIFY_KEY: ['The key is an Ed25519 public key: 32 bytes in base64.', CORRECT],
  INVALID_URL: [
    'The URL must start with https:// and be on the public internet. An origin must not have a path.',
    CORRECT,
  ],
  AGENT_ID_TAKEN: ['There is already an agent with this id.', CORRECT],
  UNKNOWN_AGENT: ['There is no agent with this id.', 'Read `drpAgents` again.'],
  UNKNOWN_DOCUMENT: ['There is no such document, or its request was decided.', 'Read the case queue again.'],
  TOO_MANY_DOCUMENTS: [
    'No more documents can be accepted at the moment. Try again later.',
    'Try again after some minutes.',
  ],
  NO_EXPORT: [
    'There is no data export for this request: it is not complete, or its seven days are over.',
    'Read `export` of the request, and wait until `progressPercent` is 100.',
  ],
  LINKS_USED_UP: [
    'Three links have been sent for this request. Wait until the request expires, and submit another one.',
    'Wait until the request expires, and submit another one.',
  ],
  INVALID_CONNECTED: [
    'connected must be true or false. It cannot be false when data was transferred.',
    CORRECT,
  ],
} as const satisfies Readonly<Record<string, readonly [message: string, action: string]>>;

export type UserErrorCode = keyof typeof USER_ERRORS;

export function messageOf(code: UserErrorCode): string {
  return USER_ERRORS[code][0];
}
