// To the owner of an account whom staff have reported as too young: when the account will be deleted, or that the report has
// been withdrawn.

import { dateText, type InEveryLanguage } from '../../../lib/locale.js';
import { type Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { AccountMailParts } from './parts.js';

export const minorReportMail = defineMail({
  name: 'minor-report',
  purpose: 'account',
  recipient: 'the account’s owner',
  when: 'Staff have reported the owner as too young. The account is erased seven days later.',
  legalBasis: 'legal-obligation',
  /** Nothing when the report has been withdrawn meanwhile. */
  async load(
    { accountId }: { readonly accountId: string },
    { database, ownerOf, contact }: AccountMailParts,
  ) {
    const [report] = await database.query<{ caseReference: string; erasesOn: string }[]>(
      `SELECT case_reference AS "caseReference", erases_on::text AS "erasesOn" FROM minor_report
       WHERE account_id = $1`,
      [accountId],
    );
    if (report === undefined) return null;
    const owner = await ownerOf(accountId);
    return owner === null ? null : { ...owner, content: { ...report, contact } };
  },
  render: (locale, report) => reported[locale](report),
});

export const minorReportWithdrawnMail = defineMail({
  name: 'minor-report-withdrawn',
  purpose: 'account',
  recipient: 'the account’s owner',
  when: 'Staff have withdrawn that report.',
  legalBasis: 'legal-obligation',
  async load({ accountId }: { readonly accountId: string }, { ownerOf }: AccountMailParts) {
    const owner = await ownerOf(accountId);
    return owner === null ? null : { ...owner, content: null };
  },
  render: (locale) => withdrawn[locale](),
});

export interface Reported {
  /** What staff call the case. */
  readonly caseReference: string;
  /** `YYYY-MM-DD` */
  readonly erasesOn: string;
  /** An e-mail address. */
  readonly contact: string;
}

export const reported: InEveryLanguage<(report: Reported) => Letter> = {
  en: ({ caseReference, erasesOn, contact }) => ({
    subject: `Your account will be deleted on ${dateText('en', erasesOn)}`,
    blocks: [
      `We have been informed that you are too young for a CyberSapceVPN account. We offer our services only to people who are at least 18 years old, or of legal age where they live. We will therefore delete your account and everything that belongs to it on ${dateText('en', erasesOn)}.`,
      `If this is a mistake, write to ${contact} before that day and quote the reference ${caseReference}. You do not need to send a document. Until then you can use your account as before.`,
    ],
  }),
  de: ({ caseReference, erasesOn, contact }) => ({
    subject: `Ihr Konto wird am ${dateText('de', erasesOn)} gelöscht`,
    blocks: [
      `Uns wurde mitgeteilt, dass Sie für ein Konto bei CyberSapceVPN zu jung sind. Wir bieten unsere Dienste nur Personen an, die mindestens 18 Jahre alt oder an ihrem Wohnort volljährig sind. Deshalb löschen wir Ihr Konto und alles, was dazu gehört, am ${dateText('de', erasesOn)}.`,
      `Wenn das ein Irrtum ist, schreiben Sie vor diesem Tag an ${contact}, und nennen Sie das Aktenzeichen ${caseReference}. Sie müssen kein Dokument senden. Bis dahin können Sie Ihr Konto wie bisher nutzen.`,
    ],
  }),
  es: ({ caseReference, erasesOn, contact }) => ({
    subject: `Su cuenta se eliminará el ${dateText('es', erasesOn)}`,
    blocks: [
      `Nos han informado de que es demasiado joven para tener una cuenta en CyberSapceVPN. Solo ofrecemos nuestros servicios a personas que tienen al menos 18 años o son mayores de edad donde viven. Por eso eliminaremos su cuenta y todo lo que le pertenece el ${dateText('es', erasesOn)}.`,
      `Si se trata de un error, escriba antes de ese día a ${contact} e indique la referencia ${caseReference}. No necesita enviar ningún documento. Hasta entonces puede usar su cuenta como antes.`,
    ],
  }),
};

export const withdrawn: InEveryLanguage<() => Letter> = {
  en: () => ({
    subject: 'Your account will not be deleted',
    blocks: [
      'We had announced that we would delete your account. It will not be deleted, and nothing changes for you.',
    ],
  }),
  de: () => ({
    subject: 'Ihr Konto wird nicht gelöscht',
    blocks: [
      'Wir hatten angekündigt, Ihr Konto zu löschen. Es wird nicht gelöscht, und für Sie ändert sich nichts.',
    ],
  }),
  es: () => ({
    subject: 'Su cuenta no se eliminará',
    blocks: ['Habíamos anunciado que eliminaríamos su cuenta. No se eliminará y nada cambia para usted.'],
  }),
};
