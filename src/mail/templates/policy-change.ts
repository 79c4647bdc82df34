// A material change of the privacy policy, told ahead of its day.
import { dateText, type InEveryLanguage, type Letter, type Piece } from '../letter.js';

export interface PolicyChange {
  /** What changes, in the reader's language. */
  readonly summary: readonly Piece[];
  /** `YYYY-MM-DD` */
  readonly effectiveOn: string;
  /** Where the whole text stands. */
  readonly url: string;
}

export const policyChange: InEveryLanguage<(change: PolicyChange) => Letter> = {
  en: ({ summary, effectiveOn, url }) => ({
    subject: `Our privacy policy changes on ${dateText('en', effectiveOn)}`,
    blocks: [
      `On ${dateText('en', effectiveOn)} a new version of the privacy policy of CyberSapceVPN takes effect. This is what changes:`,
      summary,
      { link: { label: 'Read the policy', url, token: null } },
      'If you do not agree, you can close your account until then.',
    ],
  }),
  de: ({ summary, effectiveOn, url }) => ({
    subject: `Unsere Datenschutzerklärung ändert sich am ${dateText('de', effectiveOn)}`,
    blocks: [
      `Am ${dateText('de', effectiveOn)} tritt eine neue Fassung der Datenschutzerklärung von CyberSapceVPN in Kraft. Das ändert sich:`,
      summary,
      { link: { label: 'Datenschutzerklärung lesen', url, token: null } },
      'Wenn Sie nicht einverstanden sind, können Sie Ihr Konto bis dahin schließen.',
    ],
  }),
  es: ({ summary, effectiveOn, url }) => ({
    subject: `Nuestra política de privacidad cambia el ${dateText('es', effectiveOn)}`,
    blocks: [
      `El ${dateText('es', effectiveOn)} entra en vigor una nueva versión de la política de privacidad de CyberSapceVPN. Esto es lo que cambia:`,
      summary,
      { link: { label: 'Leer la política', url, token: null } },
      'Si no está de acuerdo, puede cerrar su cuenta hasta esa fecha.',
    ],
  }),
};
