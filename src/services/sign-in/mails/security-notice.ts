// To the owner of an account: what has changed in its security.
import type { InEveryLanguage } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { SignInMailParts } from './parts.js';

export type SecurityChange =
  | 'email-changed'
  | 'email-correction'
  | 'password-changed'
  | 'totp-enabled'
  | 'totp-disabled'
  | 'recovery-codes-renewed'
  | 'recovery-code-used'
  | 'passkey-added'
  | 'passkey-removed';

export const securityNoticeMail = defineMail({
  name: 'security-notice',
  purpose: 'account',
  recipient: 'the account’s owner',
  when: 'The password, the e-mail address, a second factor or the recovery codes have changed, or a recovery code was used.',
  legalBasis: 'contract',
  async load(
    { accountId, change }: { readonly accountId: string; readonly change: SecurityChange },
    { ownerOf, portalUrl }: SignInMailParts,
  ) {
    const owner = await ownerOf(accountId);
    return owner === null ? null : { ...owner, content: { change, portalUrl } };
  },
  render: (locale, notice) => securityNotice[locale](notice),
});

interface Notice {
  readonly change: SecurityChange;
  readonly portalUrl: string;
}

const CHANGES: InEveryLanguage<Readonly<Record<SecurityChange, string>>> = {
  en: {
    'email-changed': 'The e-mail address of your account has been changed to this one.',
    'email-correction':
      'As requested, our data protection officer has approved a new e-mail address for your account. The change takes effect once the new address has been confirmed. All sessions of your account have been signed out.',
    'password-changed': 'The password of your account has been changed.',
    'totp-enabled': 'An authenticator app has been added to your account as a second factor.',
    'totp-disabled': 'The authenticator app has been removed from your account as a second factor.',
    'recovery-codes-renewed': 'Your account has new recovery codes. The old ones no longer work.',
    'recovery-code-used': 'A recovery code of your account has been used. It will not work again.',
    'passkey-added': 'A passkey has been added to your account.',
    'passkey-removed': 'A passkey has been removed from your account.',
  },
  de: {
    'email-changed': 'Die E-Mail-Adresse Ihres Kontos wurde auf diese Adresse geändert.',
    'email-correction':
      'Unser Datenschutzbeauftragter hat wie gewünscht eine neue E-Mail-Adresse für Ihr Konto genehmigt. Die Änderung wird wirksam, sobald die neue Adresse bestätigt ist. Alle Sitzungen Ihres Kontos wurden beendet.',
    'password-changed': 'Das Passwort Ihres Kontos wurde geändert.',
    'totp-enabled': 'Ihrem Konto wurde eine Authentifizierungs-App als zweiter Faktor hinzugefügt.',
    'totp-disabled': 'Die Authentifizierungs-App wurde als zweiter Faktor aus Ihrem Konto entfernt.',
    'recovery-codes-renewed':
      'Ihr Konto hat neue Wiederherstellungscodes. Die alten funktionieren nicht mehr.',
    'recovery-code-used':
      'Ein Wiederherstellungscode Ihres Kontos wurde verwendet. Er kann nicht noch einmal verwendet werden.',
    'passkey-added': 'Ihrem Konto wurde ein Passkey hinzugefügt.',
    'passkey-removed': 'Aus Ihrem Konto wurde ein Passkey entfernt.',
  },
  es: {
    'email-changed': 'La dirección de correo electrónico de su cuenta se ha cambiado por esta.',
    'email-correction':
      'Como se solicitó, nuestro delegado de protección de datos ha aprobado una nueva dirección de correo electrónico para su cuenta. El cambio será efectivo en cuanto se confirme la nueva dirección. Se han cerrado todas las sesiones de su cuenta.',
    'password-changed': 'Se ha cambiado la contraseña de su cuenta.',
    'totp-enabled': 'Se ha añadido una aplicación de autenticación a su cuenta como segundo factor.',
    'totp-disabled': 'La aplicación de autenticación ya no es un segundo factor de su cuenta.',
    'recovery-codes-renewed':
      'Su cuenta tiene códigos de recuperación nuevos. Los anteriores ya no funcionan.',
    'recovery-code-used':
      'Se ha utilizado un código de recuperación de su cuenta. No se podrá volver a utilizar.',
    'passkey-added': 'Se ha añadido una llave de acceso a su cuenta.',
    'passkey-removed': 'Se ha eliminado una llave de acceso de su cuenta.',
  },
};

export const securityNotice: InEveryLanguage<(notice: Notice) => Letter> = {
  en: ({ change, portalUrl }) => ({
    subject: 'A change to the security of your account',
    blocks: [
      CHANGES.en[change],
      'If this was you, you do not need to do anything. If it was not, reset your password immediately and check your second factors.',
      { link: { label: 'Go to your account', url: portalUrl, token: null } },
    ],
  }),
  de: ({ change, portalUrl }) => ({
    subject: 'Eine Änderung an der Sicherheit Ihres Kontos',
    blocks: [
      CHANGES.de[change],
      'Wenn Sie das waren, müssen Sie nichts tun. Wenn nicht, setzen Sie sofort Ihr Passwort zurück und prüfen Sie Ihre zweiten Faktoren.',
      { link: { label: 'Zu Ihrem Konto', url: portalUrl, token: null } },
    ],
  }),
  es: ({ change, portalUrl }) => ({
    subject: 'Un cambio en la seguridad de su cuenta',
    blocks: [
      CHANGES.es[change],
      'Si ha sido usted, no tiene que hacer nada. Si no ha sido usted, restablezca de inmediato su contraseña y revise sus segundos factores.',
      { link: { label: 'Ir a su cuenta', url: portalUrl, token: null } },
    ],
  }),
};
