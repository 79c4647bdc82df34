// To every owner of an account: a material change of the privacy policy, before it takes effect.

import { dateText, type InEveryLanguage, type Locale } from '../../../lib/locale.js';
import { type Letter, type Piece, withLinks } from '../../../mail/letter.js';
import { defineMail, type OwnerLookup } from '../../../mail/mail.js';

export interface PolicyMailParts {
  readonly ownerOf: OwnerLookup;
  /** Without a slash at its end. */
  readonly portalUrl: string;
  /** Throws when this gateway does not know the version, or not yet. */
  readonly version: (version: string) => {
    readonly summary: InEveryLanguage<string>;
    readonly effectiveOn: string;
    /** Of the whole text. */
    readonly language: Locale;
  };
}

export const policyChangeMail = defineMail({
  name: 'policy-change',
  purpose: 'updates',
  recipient: 'every account’s owner',
  when: 'A material version of the privacy policy is announced, once for each version.',
  legalBasis: 'legal-obligation',
  async load(
    { accountId, version }: { readonly accountId: string; readonly version: string },
    { ownerOf, portalUrl, version: find }: PolicyMailParts,
  ) {
    const { summary, effectiveOn, language } = find(version);
    const owner = await ownerOf(accountId);
    if (owner === null) return null;
    const url = `${portalUrl}/privacy-policy`;
    return { ...owner, content: { summary: withLinks(summary[owner.locale]), effectiveOn, url, language } };
  },
  render: (locale, change) => policyChange[locale](change),
});

export interface PolicyChange {
  /** What changes, in the reader's language. */
  readonly summary: readonly Piece[];
  /** `YYYY-MM-DD` */
  readonly effectiveOn: string;
  /** Where the whole text stands. */
  readonly url: string;
  /** In which the whole text is written; English when it is absent. */
  readonly language?: Locale;
}

/** After what leads to a text in another language than the mail's. */
const IN_LANGUAGE: InEveryLanguage<Readonly<Record<Locale, string>>> = {
  en: { en: '', de: ' (in German)', es: ' (in Spanish)' },
  de: { en: ' (auf Englisch)', de: '', es: ' (auf Spanisch)' },
  es: { en: ' (en inglés)', de: ' (en alemán)', es: '' },
};

export const policyChange: InEveryLanguage<(change: PolicyChange) => Letter> = {
  en: ({ summary, effectiveOn, url, language = 'en' }) => ({
    subject: `Our privacy policy changes on ${dateText('en', effectiveOn)}`,
    blocks: [
      `On ${dateText('en', effectiveOn)} a new version of the privacy policy of CyberSapceVPN takes effect. This is what changes:`,
      summary,
      { link: { label: `Read the policy${IN_LANGUAGE.en[language]}`, url, token: null } },
      'If you do not agree, you can close your account before that day.',
    ],
  }),
  de: ({ summary, effectiveOn, url, language = 'en' }) => ({
    subject: `Unsere Datenschutzerklärung ändert sich am ${dateText('de', effectiveOn)}`,
    blocks: [
      `Am ${dateText('de', effectiveOn)} tritt eine neue Fassung der Datenschutzerklärung von CyberSapceVPN in Kraft. Das ändert sich:`,
      summary,
      { link: { label: `Datenschutzerklärung lesen${IN_LANGUAGE.de[language]}`, url, token: null } },
      'Wenn Sie nicht einverstanden sind, können Sie Ihr Konto vor diesem Tag schließen.',
    ],
  }),
  es: ({ summary, effectiveOn, url, language = 'en' }) => ({
    subject: `Nuestra política de privacidad cambia el ${dateText('es', effectiveOn)}`,
    blocks: [
      `El ${dateText('es', effectiveOn)} entra en vigor una nueva versión de la política de privacidad de CyberSapceVPN. Esto es lo que cambia:`,
      summary,
      { link: { label: `Leer la política${IN_LANGUAGE.es[language]}`, url, token: null } },
      'Si no está de acuerdo, puede cerrar su cuenta antes de esa fecha.',
    ],
  }),
};
