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
    'There is no account with this e-mail address and password, or there were too many attempts for the address. If you are sure of both, reset the password by mail.',
  CHALLENGE_INVALID: 'This sign-in has expired or was already completed. Sign in again.',
  PASSWORD_WRONG: 'The password is not the account’s password.',
  SECOND_FACTOR_WRONG: 'The code or passkey was not accepted. A code works once.',
  SECOND_FACTOR_NEEDED: 'The account has a second factor. Use it instead of the password.',
  SIGN_IN_NEEDED: 'The link alone does not confirm this request. Sign in, and show a factor again.',
  UNKNOWN_COUNTRY: 'There is no such country code in ISO 3166-1 (two letters).',
  UNKNOWN_SUBDIVISION:
    'The country has no such state or province. Use the second part of its ISO 3166-2 code, such as CA.',
  SUBDIVISION_NEEDED:
    'In this country the required age depends on the state or province. Select the one that you live in.',
  AGE_TOO_LOW: 'The attested age is too low for this country. ageRequirement returns the required age.',
  LINK_INVALID: 'This link has expired, was already used, or is not valid. Request a new one.',
  CONFLICT: 'It was changed since it was read. Read it again, and repeat the change.',
  SAME_EMAIL: 'The account already has this e-mail address.',
  TEXT_REQUIRED: 'This field is required.',
  TEXT_TOO_LONG: 'The text is too long.',
  INVALID_TEXT: 'The text must not contain control characters.',
  INVALID_NAME:
    'A name can have letters, at most four digits, spaces and the characters - _ & ( ) , + and ’. A full stop can only end a word.',
  CARD_NUMBER: 'This looks like a payment card number. Card numbers are never stored here.',
  INVALID_TAX_NUMBER: 'A tax number has 4 to 20 letters and digits.',
  INVALID_REFERENCE: 'A reference has at most 64 letters, digits, underscores and hyphens.',
  UNKNOWN_ACCOUNT: 'There is no such account.',
  AMOUNT_TOO_LOW: 'The amount must be at least 1 of the currency’s smallest unit.',
  UNKNOWN_CURRENCY: 'There is no such currency code in ISO 4217 (three capital letters).',
  PAID_ON_OUT_OF_RANGE: 'The day of the payment must be from a year ago to today (UTC).',
  ACCOUNT_IS_STAFF: 'The account belongs to staff, and cannot be erased this way.',
  NOT_STAFF: 'The account does not belong to staff.',
  LAST_ADMIN: 'This is the last admin. Create another one first: staff create --role admin.',
  NO_APPEAL: 'The law does not provide an appeal here, or the denial was already appealed.',
  TOO_LATE_TO_APPEAL: 'The period for an appeal is over.',
  APPEAL_OPEN: 'The request is under appeal. Decide it with answerAppeal.',
  UNKNOWN_OFFICER: 'There is no data protection officer with this account id.',
  NO_MINOR_REPORT: 'There is no minor report about this account.',
  NO_SECOND_FACTOR: 'The account has no second factor.',
  TOTP_ENABLED: 'The account already has an authenticator app. Disable it first.',
  TOTP_NOT_STARTED: 'Call startTotp first, which returns a secret for the app.',
  TOTP_NOT_ENABLED: 'The account has no authenticator app.',
  TOTP_CODE_WRONG:
    'The code is not the current code of the app, or it was already used. Wait for the next code.',
  PASSKEY_REFUSED: 'The passkey was not accepted. Start again.',
  PASSKEY_LIMIT_REACHED: 'The account has the maximum number of passkeys. Remove one first.',
  PASSKEY_UNKNOWN: 'The account has no such passkey.',
  PASSWORD_NEEDED: 'The password is required, because no other second factor is left.',
  LABEL_TOO_LONG: 'The label must have at most 64 characters.',
  INVALID_LABEL: 'The label must not contain control characters.',
  UNKNOWN_REGION: 'There is no such region.',
  LAST_DAY_OUT_OF_RANGE: 'The last day must be from today (UTC) to five years from today.',
  ADDRESS_UNKNOWN: 'The IP address of this request is not known.',
  ADDRESS_NOT_PUBLIC: 'The address is not on the public internet.',
  ADDRESS_LIMIT_REACHED: 'The account has the maximum number of addresses. Remove one first.',
  ADDRESS_NOT_REGISTERED: 'The account has not registered this address.',
  INVALID_ADDRESS: 'This is not an IP address.',
  INVALID_PREFIX: 'This is neither an IP address nor a prefix in CIDR notation.',
  HOST_BITS_SET: 'The prefix has bits set beyond its length.',
  TOO_MANY_ENTRIES: 'There must be between 1 and 1000 entries.',
  DUPLICATE_ENTRY: 'An earlier entry has the same prefix.',
  UNKNOWN_CAMPAIGN: 'There is no such campaign.',
  CAMPAIGN_SENT: 'The campaign was already sent.',
  POSTAL_ADDRESS_MISSING:
    'Marketing mails must show a postal address. Set POSTAL_ADDRESS, and restart the gateway.',
  ENGLISH_REQUIRED: 'A text in English is required, for people whose language is missing.',
  DUPLICATE_LOCALE: 'An earlier text is in the same language.',
  UNKNOWN_PROCESSOR: 'There is no processor with this id that requires consent.',
  INVALID_APP_VERSION:
    'A version has one to three numbers, such as 12.4.1. A preview has a suffix, as in 13.0.0-beta.2.',
  PROCESSOR_WITHOUT_SHARING: 'A processor can only be given for the purpose SHARING.',
  INVALID_NODE_NAME:
    'A node’s name has at most 40 lower-case letters and single hyphens. It can end in a number, as in berlin-1.',
  NODE_NAME_TAKEN: 'Another node has this name.',
  UNKNOWN_NODE: 'There is no such node.',
  UNKNOWN_LOCATION: 'There is no such VPN location.',
  USAGE_DAY_NOT_OVER: 'The day is not over (UTC). Report it tomorrow.',
  USAGE_DAY_CLOSED: 'The day is closed, and accepts no more reports.',
  PART_OUT_OF_RANGE: 'Parts are numbered from 1 to 1000.',
  REVISION_OUT_OF_RANGE: 'Revisions are numbered from 1 to 1000.',
  REVISION_OLD: 'A later revision of this report was already recorded.',
  REVISION_TAKEN: 'Other rows were recorded with this revision. Use a higher revision for a correction.',
  TOO_MANY_ROWS: 'A report has at most 50,000 rows. Send the other rows as further parts.',
  INVALID_USAGE_ROW:
    'A row has handle, location, country, provider, megabytes and connected, and nothing else.',
  INVALID_HANDLE: 'A usage handle is a UUID.',
  OTHER_LOCATION: 'A node can only report for its own VPN location.',
  INVALID_COUNTRY: 'A country has two capital letters (ISO 3166-1), or is ZZ when it is not known.',
  PROVIDER_OUT_OF_RANGE:
    'A provider is the number of an autonomous system from 1 to 16777215, or 0 when it is not known.',
  MEGABYTES_OUT_OF_RANGE: 'Megabytes are a whole number from 0 to 16777215.',
  OBJECTION_REQUIRED: 'Name the uses that you object to.',
  PURPOSE_REQUIRED: 'Name the consents that you withdraw.',
  CORRECTION_REQUIRED: 'Name the data to correct.',
  REQUEST_OPEN: 'There is already an open request of this kind.',
  UNKNOWN_REQUEST: 'There is no such request.',
  REQUEST_MOVED_ON: 'The status of the request has changed, and does not allow this any more.',
  REQUEST_TAKEN: 'Another data protection officer has taken this request.',
  REQUEST_NOT_TAKEN: 'Take the request first.',
  NO_SUCH_PERSON: 'There is no account with the e-mail address that the request is about.',
  RECEIVED_ON_OUT_OF_RANGE: 'The day of receipt must be from a year ago to today (UTC).',
  TOO_LATE_TO_EXTEND: 'The period for an answer is over, or the law does not allow a longer one.',
  DONE_BY_ITSELF: 'Requests of this kind are carried out automatically.',
  REASON_DOES_NOT_FIT:
    'This reason does not apply: the identity was not verified, or no agent made the request.',
  EMAIL_TAKEN: 'Another account has this e-mail address.',
  DOCUMENT_TYPE: 'The file is not a complete PDF, PNG or JPEG file.',
  INVALID_AGENT_ID: 'An agent’s id has 1 to 64 capital letters, digits and underscores.',
  INVALID_VERIFY_KEY: 'The key is an Ed25519 public key: 32 bytes in base64.',
  INVALID_URL: 'The URL must start with https://, be on the public internet, and for an origin have no path.',
  AGENT_ID_TAKEN: 'There is already an agent with this id.',
  UNKNOWN_AGENT: 'There is no agent with this id.',
  UNKNOWN_DOCUMENT: 'There is no such document, or its request was decided.',
  TOO_MANY_DOCUMENTS: 'No more documents can be accepted at the moment. Try again later.',
  NO_EXPORT: 'There is no data export for this request: it is not complete, or its seven days are over.',
  LINKS_USED_UP:
    'Three links have been sent for this request. Wait until it expires, and submit another one.',
  INVALID_CONNECTED: 'connected is true or false. It cannot be false where data was transferred.',
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
