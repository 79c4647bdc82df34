// To the data protection officer: which requests are due. The mail names no person.
import { dateText } from '../../../lib/locale.js';
import { type Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { RightsMailParts } from './parts.js';
import { RIGHTS_REASONS } from './rights-reasons.js';

export const rightsReminderMail = defineMail({
  name: 'rights-reminder',
  purpose: 'account',
  recipient: 'the data protection officer (`DPO_EMAIL`)',
  when: 'Open rights requests are due soon, or overdue. One mail lists them all.',
  legalBasis: 'legal-obligation',
  async load(
    { requestIds }: { readonly requestIds: readonly string[] },
    { database, dpo, portalUrl }: RightsMailParts,
  ) {
    const due = await database.query<DueRequest[]>(
      `SELECT id, kind, due_on::text AS "dueOn" FROM rights_request
       WHERE id = ANY($1) AND closed_on IS NULL AND due_on IS NOT NULL ORDER BY due_on, id`,
      [requestIds],
    );
    return due.length === 0 ? null : { to: dpo, locale: 'en', content: { due, portalUrl } };
  },
  render: (_locale, { due, portalUrl }) => rightsReminder(due, portalUrl),
});

interface DueRequest {
  readonly id: string;
  readonly kind: string;
  /** `YYYY-MM-DD` */
  readonly dueOn: string;
}

/** `requests`: by last day. */
export function rightsReminder(requests: readonly DueRequest[], portalUrl: string): Letter {
  return {
    subject:
      requests.length === 1 ? 'A privacy request is due' : `${requests.length} privacy requests are due`,
    reason: RIGHTS_REASONS.en.officer,
    blocks: [
      'The deadline for a response is near or has passed:',
      { facts: requests.map(({ id, kind, dueOn }) => [`${kind} ${id}`, dateText('en', dueOn)] as const) },
      { link: { label: 'Open the case queue', url: `${portalUrl}/case-queue`, token: null } },
    ],
  };
}
