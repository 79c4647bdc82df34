// docs/reference/mails.md: every mail that the product sends, with its recipient, its occasion and its legal basis.
import { ALL_MAILS } from '../app/mails.js';
import { type LegalBasis, PURPOSES } from '../mail/mail.js';
import { code, table } from './markdown.js';

/** Why the law allows a mail (GDPR, Article 6). */
const LEGAL_BASIS: Readonly<Record<LegalBasis, string>> = {
  contract: 'contract, or steps before it: Article 6(1)(b)',
  'legal-obligation': 'legal obligation: Article 6(1)(c)',
  consent:
    'consent: Article 6(1)(a); where the law of the country requires none, the law that `policy/marketing-law.json` names',
};

export function mailsPage(): string {
  const sections = PURPOSES.map((purpose) => {
    const rows = ALL_MAILS.filter((mail) => mail.purpose === purpose).map((mail) => [
      code(mail.name),
      mail.recipient,
      mail.when,
      LEGAL_BASIS[mail.legalBasis],
    ]);
    return `## ${purpose}

${table(['mail', 'recipient', 'when', 'legal basis'], rows)}
`;
  });
  return `# Mails

Every mail that the product sends, by the purpose that the privacy policy names. Each is composed in the recipient’s
language when it is sent, from the data that is stored then. When the recipient has been deleted in the meantime, no mail is sent.
[Mail](../operations/mail.md) describes how mails are delivered.

${sections.join('\n')}`;
}
