// What a mail is. Each capability defines its own mails; a queued mail names rows rather than people, and who gets it and what
// it says is loaded when it is sent.
import type { Locale } from '../lib/locale.js';
import type { Letter } from './letter.js';

/** Privacy policy, "Personal data": the reasons for which the e-mail address is used. */
export const PURPOSES = ['access', 'payment', 'updates', 'account', 'marketing'] as const;
export type MailPurpose = (typeof PURPOSES)[number];

/** GDPR, Article 6(1): letters b, c and a. */
export type LegalBasis = 'contract' | 'legal-obligation' | 'consent';

/** `delayed`: the first attempt has failed, and others follow. `bounced`: no other follows. */
export type MailResult = 'sent' | 'delayed' | 'bounced';

/** The entry of a mail in the list of all mails. */
export interface MailFacts {
  /** Unique; it stands in the queue. */
  readonly name: string;
  readonly purpose: MailPurpose;
  /** Who gets it, for readers of the list. */
  readonly recipient: string;
  /** What causes it, for readers of the list. */
  readonly when: string;
  readonly legalBasis: LegalBasis;
}

export interface Recipient {
  /** An e-mail address, without a name. */
  readonly to: string;
  readonly locale: Locale;
}

/** Finds the owner of an account; null when the account is gone. */
export type OwnerLookup = (accountId: string) => Promise<Recipient | null>;

/** What a mail says and to whom, at the moment of sending. */
export interface Loaded<Content> extends Recipient {
  readonly content: Content;
  /** Header fields beyond those that every mail has. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Where such mails are stopped. */
  readonly unsubscribeUrl?: string;
  /** An image that counts how often the mail is opened; null for none. */
  readonly openTrackingUrl?: string | null;
  /** Runs when the mail will not be tried again, whether it was sent or refused. */
  readonly settle?: () => Promise<void>;
}

/** `Parts`: what the capability's mails are loaded with. */
export interface MailDefinition<Payload extends object, Content, Parts> extends MailFacts {
  /** Whether a mail waits a few seconds, so that the work of sending it cannot be measured by who caused it. */
  readonly heldBack?: (payload: Payload) => boolean;
  /** Null when there is nothing to send, or nobody to send it to. */
  readonly load: (payload: Payload, parts: Parts) => Promise<Loaded<Content> | null>;
  readonly render: (locale: Locale, content: Content) => Letter;
  /** Runs with each result. Exceptions are logged and ignored: a mail that was sent is sent. */
  readonly onResult?: (payload: Payload, result: MailResult, parts: Parts) => void;
}

export interface Draft extends Omit<Loaded<unknown>, 'content'> {
  readonly letter: Letter;
}

/**
 * A defined mail. `Payload` is what waits in the queue: plain JSON, without anything that says who a person is where an id
 * will do. A mail whose payload has an `accountId` is taken back when that account is erased.
 */
export interface Mail<Payload extends object, Parts>
  extends Omit<MailDefinition<Payload, never, Parts>, 'load' | 'render'> {
  readonly draft: (payload: Payload, parts: Parts) => Promise<Draft | null>;
}

export function defineMail<Payload extends object, Content, Parts>({
  load,
  render,
  ...rest
}: MailDefinition<Payload, Content, Parts>): Mail<Payload, Parts> {
  return {
    ...rest,
    async draft(payload, parts) {
      const loaded = await load(payload, parts);
      if (loaded === null) return null;
      const { content, ...draft } = loaded;
      return { ...draft, letter: render(draft.locale, content) };
    },
  };
}

/** A mail with the parts that it is loaded with. The queue holds only payloads that the outbox has typed. */
export interface SendableMail extends MailFacts {
  readonly draft: (payload: object) => Promise<Draft | null>;
  readonly onResult: (payload: object, result: MailResult) => void;
}

export function withParts<Parts>(mails: readonly Mail<never, Parts>[], parts: Parts): SendableMail[] {
  return mails.map(({ draft, onResult, ...facts }) => ({
    ...facts,
    draft: (payload) => draft(payload as never, parts),
    onResult: (payload, result) => onResult?.(payload as never, result, parts),
  }));
}
