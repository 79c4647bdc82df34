// To the owner of an account that has not been used for a long time: when it will be erased, and how to keep it.

import { dateText, type InEveryLanguage } from '../../../lib/locale.js';
import { type Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { ErasureMailParts } from './parts.js';

/** Days between the second mail and the erasure. */
export const DAYS_OF_GRACE = 30;

export const idleAccountMail = defineMail({
  name: 'idle-account',
  purpose: 'account',
  recipient: 'the account’s owner',
  when: 'The account has not been used for `IDLE_MONTHS`, and once more before it is erased.',
  legalBasis: 'contract',
  /** Nothing when somebody has used the account meanwhile. */
  async load(
    { accountId }: { readonly accountId: string },
    { database, ownerOf, portalUrl }: ErasureMailParts,
  ) {
    const [next] = await database.query<{ erasesOn: string }[]>(
      `SELECT (next_on + CASE notices WHEN 1 THEN $2::integer ELSE 0 END)::text AS "erasesOn" FROM account_use
       WHERE account_id = $1 AND notices > 0`,
      [accountId, DAYS_OF_GRACE],
    );
    if (next === undefined) return null;
    const owner = await ownerOf(accountId);
    return owner === null ? null : { ...owner, content: { ...next, portalUrl } };
  },
  render: (locale, idle) => idleAccount[locale](idle),
});

export interface Idle {
  /** `YYYY-MM-DD`: no earlier. */
  readonly erasesOn: string;
  readonly portalUrl: string;
}

export const idleAccount: InEveryLanguage<(idle: Idle) => Letter> = {
  en: ({ erasesOn, portalUrl }) => ({
    subject: 'Do you still need your account?',
    blocks: [
      'Your CyberSapceVPN account has not been used for a long time. We keep data only for a limited period.',
      `If you want to keep your account, sign in once before ${dateText('en', erasesOn)}. Otherwise we will delete the account and everything that belongs to it on that day.`,
      { link: { label: 'Sign in', url: portalUrl, token: null } },
    ],
  }),
  de: ({ erasesOn, portalUrl }) => ({
    subject: 'Brauchen Sie Ihr Konto noch?',
    blocks: [
      'Ihr Konto bei CyberSapceVPN wurde lange nicht benutzt. Wir bewahren Daten nur für begrenzte Zeit auf.',
      `Wenn Sie Ihr Konto behalten möchten, melden Sie sich vor dem ${dateText('de', erasesOn)} einmal an. Andernfalls löschen wir an diesem Tag das Konto und alles, was dazu gehört.`,
      { link: { label: 'Anmelden', url: portalUrl, token: null } },
    ],
  }),
  es: ({ erasesOn, portalUrl }) => ({
    subject: '¿Todavía necesita su cuenta?',
    blocks: [
      'Su cuenta de CyberSapceVPN lleva mucho tiempo sin usarse. Solo guardamos datos durante un periodo limitado.',
      `Si desea conservar su cuenta, inicie sesión una vez antes del ${dateText('es', erasesOn)}. De lo contrario, ese día eliminaremos la cuenta y todo lo que le pertenece.`,
      { link: { label: 'Iniciar sesión', url: portalUrl, token: null } },
    ],
  }),
};
