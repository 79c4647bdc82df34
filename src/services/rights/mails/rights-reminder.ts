// Tells the data protection officer which requests are due. Nobody is named in it.
import { dateText } from '../../../lib/locale.js';
import { type Letter } from '../../../mail/letter.js';
import { RIGHTS_REASONS } from './rights-reasons.js';

export interface DueRequest {
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
      'The last day for an answer is near, or over:',
      { facts: requests.map(({ id, kind, dueOn }) => [`${kind} ${id}`, dateText('en', dueOn)] as const) },
      { link: { label: 'Open the queue', url: `${portalUrl}/desk`, token: null } },
    ],
  };
}
