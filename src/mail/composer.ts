// Makes a mail of what waits in the queue: who gets it and what it says is read at the moment of sending, so that a
// person who is gone gets none, and a link begins its life when it leaves.

import type { DataSource } from 'typeorm';
import type { RightsRequestStatus } from '../entities/rights/rights-request.js';
import { type Clock, type Day, today } from '../lib/calendar.js';
import { type InEveryLanguage, type Locale, localeOf } from '../lib/locale.js';
import type { Keyring, Purpose } from '../secrets/keyring.js';
import * as account from '../services/account/mails/account.js';
import * as minorReport from '../services/account/mails/minor-report.js';
import { receipt } from '../services/account/mails/receipt.js';
import { DAYS_OF_GRACE, idleAccount } from '../services/erasure/mails/idle-account.js';
import { processorErasure } from '../services/erasure/mails/processor-erasure.js';
import type { CampaignLookup } from '../services/marketing/mails/campaign-mail.js';
import type { Authorities } from '../services/policy/authorities.js';
import { endOf } from '../services/policy/deadlines.js';
import type { PrivacyLaws } from '../services/policy/laws.js';
import { policyChange } from '../services/policy/mails/policy-change.js';
import type { ProcessorRegister } from '../services/policy/processors.js';
import { RightsMails } from '../services/rights/mails/rights-mail.js';
import { type DueRequest, rightsReminder } from '../services/rights/mails/rights-reminder.js';
import { type RightsRequestNews, rightsRequest } from '../services/rights/mails/rights-request.js';
import type { Appeal, RightsDetails } from '../services/rights/requests.js';
import * as access from '../services/sign-in/mails/access.js';
import { layOut } from './layout.js';
import { type Letter, withLinks } from './letter.js';
import { PURPOSE_OF, type QueuedMail, type Template } from './mail.js';
import type { OutgoingMail } from './smtp.js';

const HOUR_MS = 3_600_000;

export interface ComposedMail extends Omit<OutgoingMail, 'id'> {
  /** What is left to do when the mail will not be tried again, sent or not. */
  settle(): Promise<void>;
}

/** What is told of a version of the privacy policy. Throws when this gateway does not know it, or not yet. */
type PolicyLookup = (version: string) => {
  readonly summary: InEveryLanguage<string>;
  readonly effectiveOn: string;
  /** Of the whole text. */
  readonly language: Locale;
};

interface Draft {
  readonly to: string;
  readonly locale: Locale;
  readonly letter: Letter;
  readonly headers?: Readonly<Record<string, string>>;
  readonly unsubscribeUrl?: string;
  readonly openedUrl?: string | null;
  readonly settle?: () => Promise<void>;
}

interface Recipient {
  readonly email: string;
  readonly locale: string;
}

interface AskedRequest
  extends Omit<
    RightsRequestNews,
    'status' | 'answer' | 'authority' | 'correctsEmail' | 'appealBy' | 'court' | 'portalUrl'
  > {
  readonly accountId: string;
  readonly country: string | null;
  /** Id of a PrivacyLaw. */
  readonly law: string;
  readonly sealedAnswer: string | null;
  readonly sealedDetails: string | null;
  readonly closedOn: Day | null;
  readonly sealedAppeal: string | null;
}

/** A draft of each template; one that is missing does not compile. Null: there is nothing to send, or nobody. */
type Drafts = {
  readonly [T in Template]: (mail: Extract<QueuedMail, { template: T }>) => Promise<Draft | null>;
};

export class MailComposer {
  private readonly rights: RightsMails;

  /**
   * `portalUrl`: without a slash at its end. `contact`: the e-mail address to which people write; `dpo`: that of the data
   * protection specialist.
   */
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly keyring: Keyring;
      readonly portalUrl: string;
      readonly contact: string;
      /** Of the business, on one line; marketing mails show it, and are not sent when it is null. */
      readonly postalAddress: string | null;
      readonly dpo: string;
      readonly processors: Pick<ProcessorRegister, 'processors'>;
      readonly authorities: Authorities;
      readonly laws: PrivacyLaws;
      readonly policy: PolicyLookup;
      readonly campaign: CampaignLookup;
      readonly clock: Clock;
    },
  ) {
    this.rights = new RightsMails(parts);
  }

  /** Null when there is nothing to send, or nobody any more. */
  async compose(mail: QueuedMail): Promise<ComposedMail | null> {
    const draft = await (this.drafts[mail.template] as (mail: QueuedMail) => Promise<Draft | null>)(mail);
    if (draft === null) return null;
    const { to, letter, locale, headers = {}, unsubscribeUrl = null, openedUrl = null } = draft;
    const purpose = PURPOSE_OF[mail.template];
    const settle = draft.settle ?? (async () => {});
    const { postalAddress, contact } = this.parts;
    const advertiser = postalAddress === null ? null : { postalAddress, contact };
    const laidOut = layOut({ letter, locale, purpose, unsubscribeUrl, openedUrl, advertiser });
    return { to, ...laidOut, headers, settle };
  }

  private readonly drafts: Drafts = {
    'sign-up': ({ signUpId }) => this.signUp(signUpId),
    'password-reset': ({ passwordResetId }) => this.passwordReset(passwordResetId),
    'email-change': ({ emailChangeId, side }) =>
      side === 'old' ? this.emailChangeOld(emailChangeId) : this.emailChangeNew(emailChangeId),
    'security-notice': ({ accountId, change }) =>
      this.toAccount(accountId, (locale) =>
        account.securityNotice[locale]({ change, portalUrl: this.parts.portalUrl }),
      ),
    'account-closed': async (mail) => {
      const locale = localeOf(mail.locale);
      const closing = { caseReference: mail.caseReference, contact: this.parts.contact };
      return { to: mail.address, locale, letter: account.accountClosed[locale](closing) };
    },
    'idle-account': ({ accountId }) => this.idleAccount(accountId),
    'minor-report': ({ accountId }) => this.minorReport(accountId),
    'minor-report-withdrawn': ({ accountId }) =>
      this.toAccount(accountId, (locale) => minorReport.withdrawn[locale]()),
    'processor-erasure': async ({ processor: id, paymentReference }) => {
      const processor = this.parts.processors.processors.find((each) => each.id === id);
      const letter = processorErasure({ processor: processor?.name ?? id, paymentReference });
      return { to: processor?.erasure?.email ?? this.parts.dpo, locale: 'en', letter };
    },
    receipt: (mail) => this.toAccount(mail.accountId, (locale) => receipt[locale](mail.receipt)),
    'policy-change': async ({ accountId, version }) => {
      const { summary, effectiveOn, language } = this.parts.policy(version);
      const url = `${this.parts.portalUrl}/privacy-policy`;
      return this.toAccount(accountId, (locale) =>
        policyChange[locale]({ summary: withLinks(summary[locale]), effectiveOn, url, language }),
      );
    },
    'rights-request-link': ({ requestId }) =>
      this.rights.link(requestId, () =>
        this.link('rights-request-link', '/confirm-privacy-request', requestId, 24 * HOUR_MS),
      ),
    'rights-agent-link': ({ requestId }) =>
      this.rights.agentLink(requestId, () =>
        this.link('rights-agent-link', '/confirm-agent', requestId, 24 * HOUR_MS),
      ),
    'rights-agent-news': ({ requestId, status }) => this.rights.agentNews(requestId, status),
    'rights-lapsed': ({ address, kind, receivedOn }) => this.rights.lapsed(address, kind, receivedOn),
    'email-changed': async (mail) => {
      const locale = localeOf(mail.locale);
      return { to: mail.address, locale, letter: account.emailChanged[locale](this.parts.contact) };
    },
    'rights-request': ({ requestId, status }) => this.rightsRequest(requestId, status),
    'rights-reminder': ({ requestIds }) => this.rightsReminder(requestIds),
    campaign: ({ accountId, campaignId }) => this.campaign(campaignId, accountId),
  };

  private async signUp(id: string): Promise<Draft | null> {
    const { database, portalUrl } = this.parts;
    const [row] = await database.query<(Recipient & { known: boolean })[]>(
      `SELECT email, locale, EXISTS (SELECT FROM account WHERE account.email = sign_up.email) AS known
       FROM sign_up WHERE id = $1 AND expires_on >= $2`,
      [id, today()],
    );
    if (row === undefined) return null;
    const locale = localeOf(row.locale);
    if (row.known) {
      const settle = async () => {
        await database.query('DELETE FROM sign_up WHERE id = $1', [id]);
      };
      return { to: row.email, locale, letter: access.signUpKnown[locale](portalUrl), settle };
    }
    const link = this.link('sign-up-link', '/confirm-sign-up', id, 24 * HOUR_MS);
    return { to: row.email, locale, letter: access.signUp[locale](link) };
  }

  private async passwordReset(id: string): Promise<Draft | null> {
    const { database } = this.parts;
    const [row] = await database.query<{ email: string; locale: string | null }[]>(
      `SELECT password_reset.email, account.locale FROM password_reset LEFT JOIN account USING (email)
       WHERE password_reset.id = $1 AND expires_on >= $2`,
      [id, today()],
    );
    if (row === undefined) return null;
    if (row.locale === null) {
      await database.query('DELETE FROM password_reset WHERE id = $1', [id]);
      return null;
    }
    const locale = localeOf(row.locale);
    const link = this.link('password-reset-link', '/reset-password', id, HOUR_MS);
    return { to: row.email, locale, letter: access.passwordReset[locale](link) };
  }

  private async emailChangeOld(id: string): Promise<Draft | null> {
    const [row] = await this.parts.database.query<Recipient[]>(
      `SELECT account.email, account.locale FROM email_change JOIN account ON account.id = account_id
       WHERE email_change.id = $1 AND expires_on >= $2`,
      [id, today()],
    );
    if (row === undefined) return null;
    const locale = localeOf(row.locale);
    const letter = access.emailChangeOld[locale](this.emailChangeLink(id, 'old'));
    return { to: row.email, locale, letter };
  }

  private async emailChangeNew(id: string): Promise<Draft | null> {
    const [row] = await this.parts.database.query<(Recipient & { known: boolean })[]>(
      `SELECT new_email AS email, account.locale,
         EXISTS (SELECT FROM account AS other WHERE other.email = new_email) AS known
       FROM email_change JOIN account ON account.id = account_id
       WHERE email_change.id = $1 AND expires_on >= $2`,
      [id, today()],
    );
    if (row === undefined) return null;
    const locale = localeOf(row.locale);
    const letter = row.known
      ? access.emailChangeKnown[locale]()
      : access.emailChangeNew[locale](this.emailChangeLink(id, 'new'));
    return { to: row.email, locale, letter };
  }

  /** Null when somebody has used the account meanwhile. */
  private async idleAccount(accountId: string): Promise<Draft | null> {
    const { database, portalUrl } = this.parts;
    const [next] = await database.query<{ erasesOn: string }[]>(
      `SELECT (next_on + CASE notices WHEN 1 THEN $2::integer ELSE 0 END)::text AS "erasesOn" FROM account_use
       WHERE account_id = $1 AND notices > 0`,
      [accountId, DAYS_OF_GRACE],
    );
    if (next === undefined) return null;
    return this.toAccount(accountId, (locale) => idleAccount[locale]({ ...next, portalUrl }));
  }

  /** Null when the report has been withdrawn meanwhile. */
  private async minorReport(accountId: string): Promise<Draft | null> {
    const { database, contact } = this.parts;
    const [report] = await database.query<{ caseReference: string; erasesOn: string }[]>(
      `SELECT case_reference AS "caseReference", erases_on::text AS "erasesOn" FROM minor_report
       WHERE account_id = $1`,
      [accountId],
    );
    if (report === undefined) return null;
    return this.toAccount(accountId, (locale) => minorReport.reported[locale]({ ...report, contact }));
  }

  private async toAccount(id: string, write: (locale: Locale) => Letter): Promise<Draft | null> {
    const [row] = await this.parts.database.query<Recipient[]>(
      'SELECT email, locale FROM account WHERE id = $1',
      [id],
    );
    if (row === undefined) return null;
    const locale = localeOf(row.locale);
    return { to: row.email, locale, letter: write(locale) };
  }

  private async rightsRequest(id: string, status: RightsRequestStatus): Promise<Draft | null> {
    const { authorities, database, keyring, portalUrl } = this.parts;
    const [request] = await database.query<AskedRequest[]>(
      `SELECT account_id AS "accountId", kind, due_on::text AS "dueOn", erases_on::text AS "erasesOn",
         extension_reason AS "extensionReason", denial_reason AS "denialReason", sealed_answer AS "sealedAnswer",
         sealed_details AS "sealedDetails", law, country,
         appeal_outcome AS "appealOutcome", closed_on::text AS "closedOn", sealed_appeal AS "sealedAppeal"
       FROM rights_request JOIN account ON account.id = account_id WHERE rights_request.id = $1`,
      [id],
    );
    if (request === undefined) return null;
    const { accountId, country, law: lawId, closedOn, ...sealed } = request;
    const { sealedAnswer, sealedDetails, sealedAppeal, ...asked } = sealed;
    const law = this.parts.laws.law(lawId);
    const words = sealedAnswer === null ? null : keyring.open('rights-request', sealedAnswer, id);
    const appeal = sealedAppeal === null ? null : keyring.open('rights-request', sealedAppeal, id);
    // Once an appeal is decided, its answer is the newer one.
    const answer = (JSON.parse(appeal ?? '{}') as Partial<Appeal>).answer ?? words;
    const open = status === 'denied' && asked.appealOutcome === null && closedOn !== null;
    const appealBy = open && law.appeal !== null ? endOf(law.appeal.within, closedOn) : null;
    const details = sealedDetails === null ? null : keyring.open('rights-request', sealedDetails, id);
    const correctsEmail = (JSON.parse(details ?? '{}') as RightsDetails).correction?.field === 'email';
    const news = {
      ...asked,
      answer,
      correctsEmail,
      status,
      portalUrl,
      appealBy,
      court: law.court,
      authority: authorities.ofRequest(law, country),
    };
    return this.toAccount(accountId, (locale) => rightsRequest[locale](news));
  }

  private async rightsReminder(ids: readonly string[]): Promise<Draft | null> {
    const { database, dpo, portalUrl } = this.parts;
    const due = await database.query<DueRequest[]>(
      `SELECT id, kind, due_on::text AS "dueOn" FROM rights_request
       WHERE id = ANY($1) AND closed_on IS NULL AND due_on IS NOT NULL ORDER BY due_on, id`,
      [ids],
    );
    return due.length === 0 ? null : { to: dpo, locale: 'en', letter: rightsReminder(due, portalUrl) };
  }

  private async campaign(campaignId: string, accountId: string): Promise<Draft | null> {
    const mail = await this.parts.campaign(campaignId, accountId);
    if (mail === null) return null;
    const { to, locale, subject, body, headers, unsubscribeUrl, openedUrl } = mail;
    const blocks = body.split(/\n\s*\n/).map((paragraph) => withLinks(paragraph.trim()));
    return { to, locale, letter: { subject, blocks }, headers, unsubscribeUrl, openedUrl };
  }

  private emailChangeLink(id: string, side: 'old' | 'new'): access.TokenLink {
    return this.link('email-change-link', '/confirm-email-change', `${id}:${side}`, 24 * HOUR_MS);
  }

  /** The token stands in the fragment, which browsers send to no server. */
  private link(purpose: Purpose, path: string, subject: string, lifetimeMs: number): access.TokenLink {
    const token = this.parts.keyring.issue(purpose, subject, this.parts.clock() + lifetimeMs);
    return { url: `${this.parts.portalUrl}${path}#${token}`, token };
  }
}
