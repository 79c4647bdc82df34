// docs/reference/mails.md: every mail that the product sends, with its recipient, its occasion and its legal basis.
import { type MailPurpose, PURPOSE_OF, type Template } from '../mail/mail.js';
import { code, table } from './markdown.js';

/** Why the law allows the mails of a purpose (GDPR, Article 6). */
const LEGAL_BASIS: Readonly<Record<MailPurpose, string>> = {
  access: 'contract, or steps before it: Article 6(1)(b)',
  account: 'contract, and legal obligation where the law asks for the notice: Article 6(1)(b) and (c)',
  payment: 'contract: Article 6(1)(b)',
  updates: 'legal obligation to inform: Article 6(1)(c)',
  marketing:
    'consent: Article 6(1)(a); where the country’s law asks for none, the law that `policy/marketing-law.json` names',
};

interface DescribedMail {
  readonly recipient: string;
  readonly when: string;
}

/** A template that is missing does not compile. */
const MAILS: Readonly<Record<Template, DescribedMail>> = {
  'sign-up': {
    recipient: 'the address that was entered',
    when: 'Somebody signs up with it. An address that has an account already gets a notice without a link.',
  },
  'password-reset': {
    recipient: 'the account’s owner',
    when: 'Somebody asks for another password. An address without an account gets nothing.',
  },
  'email-change': {
    recipient: 'the old and the new address, one after the other',
    when: 'The owner changes the e-mail address. Both confirm it.',
  },
  'email-changed': { recipient: 'the old address', when: 'The e-mail address has been changed.' },
  'security-notice': {
    recipient: 'the account’s owner',
    when: 'The password, the e-mail address, a second factor or the recovery codes have changed, or a recovery code was used.',
  },
  'account-closed': {
    recipient: 'the address of the account that is gone',
    when: 'The owner, or staff for a case, has closed the account.',
  },
  'idle-account': {
    recipient: 'the account’s owner',
    when: 'Nobody has used the account for `IDLE_MONTHS`, and again before it is erased.',
  },
  'minor-report': {
    recipient: 'the account’s owner',
    when: 'Staff have reported the owner as too young. The account is erased seven days later.',
  },
  'minor-report-withdrawn': { recipient: 'the account’s owner', when: 'Staff have withdrawn that report.' },
  'processor-erasure': {
    recipient:
      'the processor’s address in `policy/processors.json`; the data protection officer where there is none',
    when: 'A person is erased of whom the processor has a payment reference.',
  },
  receipt: { recipient: 'the account’s owner', when: 'Support or an admin sends the receipt of a payment.' },
  'policy-change': {
    recipient: 'every account’s owner',
    when: 'A material version of the privacy policy is announced, once for each version.',
  },
  'rights-request': {
    recipient: 'the account’s owner',
    when: 'A rights request has come to another status that the person should know.',
  },
  'rights-request-link': {
    recipient: 'the address that the request is about',
    when: 'Somebody who is not signed in, or an agent, makes a rights request. The link shows that the address is theirs.',
  },
  'rights-agent-link': {
    recipient: 'the agent’s address',
    when: 'An agent makes a request for somebody else. The link shows that the address is the agent’s.',
  },
  'rights-agent-news': {
    recipient: 'the agent’s address',
    when: 'The agent’s request has come to another status.',
  },
  'rights-lapsed': {
    recipient: 'the address that the request was about',
    when: 'A request has expired because nobody confirmed it.',
  },
  'rights-reminder': {
    recipient: 'the data protection officer (`DPO_EMAIL`)',
    when: 'The last day of open rights requests comes near. One mail names them all.',
  },
  campaign: {
    recipient: 'every account’s owner who may be sent marketing',
    when: 'An admin sends a campaign. Whether a person may get it is asked again when the mail is sent.',
  },
};

export function mailsPage(): string {
  const purposes = Object.keys(LEGAL_BASIS) as MailPurpose[];
  const sections = purposes.map((purpose) => {
    const rows = (Object.keys(MAILS) as Template[])
      .filter((template) => PURPOSE_OF[template] === purpose)
      .map((template) => [code(template), MAILS[template].recipient, MAILS[template].when]);
    return `## ${purpose}

Legal basis: ${LEGAL_BASIS[purpose]}.

${table(['mail', 'recipient', 'when'], rows)}
`;
  });
  return `# Mails

Every mail that the product sends, by the purpose that the privacy policy names. Each is written in the recipient’s language when it is
sent, with what is stored then: a person who is gone gets none. [Mail](../operations/mail.md) has how they leave.

${sections.join('\n')}`;
}
