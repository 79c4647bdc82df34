// The registry of mails: finds the definition of what waits in the queue, loads what the mail says at the moment of sending,
// and lays it out. A person who is gone gets no mail, and the lifetime of a link begins when it is sent.
import { type Advertiser, layOut } from './layout.js';
import type { MailFacts, MailResult, SendableMail } from './mail.js';
import type { QueuedMail } from './outbox.js';
import type { OutgoingMail } from './smtp.js';

export interface ComposedMail extends Omit<OutgoingMail, 'id'> {
  /** To be called when the mail will not be tried again, whether it was sent or refused. */
  settle(): Promise<void>;
}

/** The queue holds a mail that this gateway does not know. */
export class UnknownMail extends Error {
  override readonly name = 'UnknownMail';

  constructor() {
    super('the queue holds a mail of an unknown name');
  }
}

/** Two mails have the same name. */
export class DuplicateMail extends Error {
  override readonly name = 'DuplicateMail';

  constructor(name: string) {
    super(`two mails are named ${name}`);
  }
}

export class MailComposer {
  private readonly mails: ReadonlyMap<string, SendableMail>;

  /** `advertiser`: shown by marketing mails, which are not sent when it is null. Throws DuplicateMail. */
  constructor(
    mails: readonly SendableMail[],
    private readonly advertiser: Advertiser | null,
  ) {
    this.mails = new Map(mails.map((mail) => [mail.name, mail]));
    const twice = mails.find((mail) => this.mails.get(mail.name) !== mail);
    if (twice !== undefined) throw new DuplicateMail(twice.name);
  }

  /** Null when this gateway does not know the mail. */
  facts({ template }: QueuedMail): MailFacts | null {
    return this.mails.get(template) ?? null;
  }

  /** Null when there is nothing to send, or nobody any more. Throws UnknownMail. */
  async compose({ template, ...payload }: QueuedMail): Promise<ComposedMail | null> {
    const mail = this.mails.get(template);
    if (mail === undefined) throw new UnknownMail();
    const draft = await mail.draft(payload);
    if (draft === null) return null;
    const { to, locale, letter, headers = {}, unsubscribeUrl = null, openTrackingUrl = null } = draft;
    const { advertiser } = this;
    const { purpose } = mail;
    const laidOut = layOut({ letter, locale, purpose, unsubscribeUrl, openTrackingUrl, advertiser });
    return { to, ...laidOut, headers, settle: draft.settle ?? (async () => {}) };
  }

  /** Reports the result of an attempt to the mail's own definition. */
  report({ template, ...payload }: QueuedMail, result: MailResult): void {
    this.mails.get(template)?.onResult(payload, result);
  }
}
