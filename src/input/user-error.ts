// What can be wrong with a person's input: one closed list of codes, each with the sentence that explains it.

/** The sentences never repeat the input. */
export const USER_ERROR_MESSAGES = {
  INVALID_EMAIL: 'This is not an e-mail address.',
  PASSWORD_TOO_SHORT:
    'The password must have at least 15 characters, or 8 in an account with a second factor.',
  PASSWORD_TOO_LONG: 'The password must have at most 256 characters.',
  PASSWORD_EQUALS_EMAIL: 'The password must differ from the e-mail address.',
  PASSWORD_BREACHED: 'The password is known from a breach. Choose another one.',
  TOO_MANY_ATTEMPTS: 'There have been too many attempts. Try again later.',
  INVALID_CREDENTIALS:
    'There is no account with this e-mail address and password, or too many passwords have been tried for the address. If you are sure of both, set a new password by mail.',
  CHALLENGE_INVALID: 'This sign-in has taken too long, or is completed already. Begin anew.',
  PASSWORD_WRONG: 'This is not the account’s password.',
  SECOND_FACTOR_WRONG: 'The code or passkey was not accepted. A code can be used once.',
  SECOND_FACTOR_NEEDED: 'The account has a second factor: show that one.',
  SIGN_IN_NEEDED: 'The mail alone does not confirm this: sign in, and show a factor again.',
  UNKNOWN_COUNTRY: 'There is no such country in ISO 3166-1 (two letters).',
  UNKNOWN_SUBDIVISION:
    'The country has no such state or province. Give the second half of its code in ISO 3166-2, such as CA.',
  SUBDIVISION_NEEDED:
    'In this country the age for an account differs by state or province. Name the one that you live in.',
  AGE_TOO_LOW: 'A person who lives there must be older to have an account: ageRequirement returns how old.',
  LINK_INVALID: 'This link has been used, or is too old, or was never sent. Ask for a new one.',
  CONFLICT: 'It has been changed since it was read. Read it again, and repeat the change.',
  SAME_EMAIL: 'The account has this e-mail address already.',
  TEXT_REQUIRED: 'This must be filled in.',
  TEXT_TOO_LONG: 'The text is too long.',
  INVALID_TEXT: 'The text must not contain control characters.',
  INVALID_NAME:
    'A name has letters, at most four digits, spaces and the marks - _ & ( ) , + and ’; a full stop only ends a word.',
  CARD_NUMBER: 'This looks like a payment card number. Card numbers are never stored here.',
  INVALID_TAX_NUMBER: 'A tax number has 4 to 20 letters and digits.',
  INVALID_REFERENCE: 'A reference has at most 64 letters, digits, underscores and hyphens.',
  UNKNOWN_ACCOUNT: 'There is no such account.',
  AMOUNT_TOO_LOW: 'The amount must be at least 1 of the currency’s smallest unit.',
  UNKNOWN_CURRENCY: 'There is no such currency in ISO 4217 (three capital letters).',
  PAID_ON_OUT_OF_RANGE: 'The day of the payment must lie between a year ago and today (UTC).',
  ACCOUNT_IS_STAFF: 'An account of staff cannot be erased this way.',
  NOT_STAFF: 'This is not an account of staff.',
  LAST_ADMIN: 'This is the only admin. Make another one first: staff create --role admin.',
  NO_APPEAL: 'The law gives no appeal here, or it was made already.',
  TOO_LATE_TO_APPEAL: 'The days for an appeal are over.',
  APPEAL_OPEN: 'The request is under appeal: answerAppeal decides it.',
  UNKNOWN_OFFICER: 'There is no such data protection officer.',
  NO_MINOR_REPORT: 'The account has not been reported.',
  NO_SECOND_FACTOR: 'The account has no second factor.',
  TOTP_ENABLED: 'The account has an authenticator app already. Disable it first.',
  TOTP_NOT_STARTED: 'Begin with startTotp, which gives a secret for the app.',
  TOTP_NOT_ENABLED: 'The account has no authenticator app.',
  TOTP_CODE_WRONG: 'This is not the app’s code of now, or it was used before. Wait for the next one.',
  PASSKEY_REFUSED: 'The passkey was not accepted. Begin anew.',
  PASSKEY_LIMIT_REACHED: 'The account has as many passkeys as it may have. Remove one first.',
  PASSKEY_UNKNOWN: 'The account has no such passkey.',
  PASSWORD_NEEDED: 'Give the password, too: no other second factor is left.',
  LABEL_TOO_LONG: 'The label must have at most 64 characters.',
  INVALID_LABEL: 'The label must not contain control characters.',
  UNKNOWN_REGION: 'There is no such region.',
  LAST_DAY_OUT_OF_RANGE: 'The last day must lie between today (UTC) and five years from today.',
  ADDRESS_UNKNOWN: 'The address that this request comes from cannot be told.',
  ADDRESS_NOT_PUBLIC: 'The address is not reachable on the public internet.',
  ADDRESS_LIMIT_REACHED: 'The account has as many addresses as it may have. Remove one first.',
  ADDRESS_NOT_REGISTERED: 'The account has not registered this address.',
  INVALID_ADDRESS: 'This is not an IP address.',
  INVALID_PREFIX: 'This is neither an IP address nor a prefix in CIDR notation.',
  HOST_BITS_SET: 'The prefix has bits set beyond its length.',
  TOO_MANY_ENTRIES: 'There must be between 1 and 1000 entries.',
  DUPLICATE_ENTRY: 'An earlier entry has the same prefix.',
  UNKNOWN_CAMPAIGN: 'There is no such campaign.',
  CAMPAIGN_SENT: 'The campaign has been sent already.',
  POSTAL_ADDRESS_MISSING:
    'Marketing mails must show a postal address. Set POSTAL_ADDRESS, and restart the gateway.',
  ENGLISH_REQUIRED: 'There must be a text in English, for whoever reads none of the other languages.',
  DUPLICATE_LOCALE: 'An earlier text is in the same language.',
  UNKNOWN_PROCESSOR: 'There is no such processor that data is shared with by consent.',
  INVALID_APP_VERSION:
    'A version is one to three numbers, such as 12.4.1, and for a preview its kind: 13.0.0-beta.2.',
  PROCESSOR_WITHOUT_SHARING: 'Only the purpose of sharing names a processor.',
  INVALID_NODE_NAME:
    'A node’s name is made of small letters and single hyphens, at most 40, and can end in a number, such as berlin-1.',
  NODE_NAME_TAKEN: 'Another node has this name.',
  UNKNOWN_NODE: 'There is no such node.',
  UNKNOWN_LOCATION: 'There is no such VPN location.',
  USAGE_DAY_NOT_OVER: 'The day is not over (UTC). Report it when it is.',
  USAGE_DAY_CLOSED: 'The day is closed: its usage is summed up, and takes no more reports.',
  PART_OUT_OF_RANGE: 'Parts are numbered from 1 to 1000.',
  REVISION_OUT_OF_RANGE: 'Revisions are numbered from 1 to 1000.',
  REVISION_OLD: 'A later revision of this report has come already.',
  REVISION_TAKEN: 'Other rows have come under this revision. A correction needs a higher one.',
  TOO_MANY_ROWS: 'A report has at most 50,000 rows. Send the others as further parts.',
  INVALID_USAGE_ROW:
    'A row has handle, location, country, provider, megabytes and connected, and nothing else.',
  INVALID_HANDLE: 'A usage handle is a UUID.',
  OTHER_LOCATION: 'A node reports its own VPN location only.',
  INVALID_COUNTRY: 'A country has two capital letters (ISO 3166-1), or is ZZ when it is not known.',
  PROVIDER_OUT_OF_RANGE:
    'A provider is the number of an autonomous system from 1 to 16777215, or 0 when it is not known.',
  MEGABYTES_OUT_OF_RANGE: 'Megabytes are a whole number from 0 to 16777215.',
  OBJECTION_REQUIRED: 'Say what you object to.',
  PURPOSE_REQUIRED: 'Say which consents you withdraw.',
  CORRECTION_REQUIRED: 'Say what is wrong, and what is right.',
  REQUEST_OPEN: 'There is an open request of this kind already.',
  UNKNOWN_REQUEST: 'There is no such request.',
  REQUEST_MOVED_ON: 'The request has moved on, and this cannot be done with it any more.',
  REQUEST_TAKEN: 'Another data protection officer has taken this request.',
  REQUEST_NOT_TAKEN: 'Take the request first: whoever decides it answers for it.',
  NO_SUCH_PERSON: 'There is no account with the address that the request is about.',
  RECEIVED_ON_OUT_OF_RANGE: 'The day of the receipt must lie between a year ago and today (UTC).',
  TOO_LATE_TO_EXTEND: 'The time for an answer is over, or the law gives no more of it.',
  DONE_BY_ITSELF: 'The system carries out requests of this kind by itself.',
  REASON_DOES_NOT_FIT: 'This reason does not fit the request: nobody has shown who asks, or no agent does.',
  EMAIL_TAKEN: 'Another account has this e-mail address.',
  DOCUMENT_TYPE: 'Send a whole PDF, PNG or JPEG file.',
  INVALID_AGENT_ID: 'An agent’s id has 1 to 64 capital letters, digits and underscores.',
  INVALID_VERIFY_KEY: 'The key is an Ed25519 public key: 32 bytes in base64.',
  INVALID_URL:
    'This is not a URL that starts with https://, or more than an origin, or not on the public internet.',
  AGENT_ID_TAKEN: 'There is an agent of this id already.',
  UNKNOWN_AGENT: 'There is no agent with this id.',
  UNKNOWN_DOCUMENT: 'There is no such document, or its request is decided.',
  TOO_MANY_DOCUMENTS: 'No more documents can be taken at the moment. Try again later.',
  NO_EXPORT: 'There is no archive for this request: it is not built yet, or its seven days are over.',
  LINKS_USED_UP: 'Three links have been sent for this request. Wait until it ends, and submit another one.',
  INVALID_CONNECTED: 'This is true or false, and not false where data was transferred.',
} as const;

export type UserErrorCode = keyof typeof USER_ERROR_MESSAGES;

export interface UserError {
  /** Dotted path from the input object, such as `entries.3.prefix`; null when no single field is at fault. */
  readonly field: string | null;
  readonly code: UserErrorCode;
}

export type Outcome<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly userErrors: readonly UserError[] };

export function done<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function refused(...userErrors: readonly UserError[]): {
  ok: false;
  userErrors: readonly UserError[];
} {
  return { ok: false, userErrors };
}
