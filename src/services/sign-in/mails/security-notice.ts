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
    'email-changed': 'The e-mail address of your account is now this one.',
    'email-correction':
      'Our data protection officer has granted your account another e-mail address, as was asked for. It counts as soon as it has been confirmed there. All sessions of your account have ended.',
    'password-changed': 'The password of your account has been changed.',
    'totp-enabled': 'Codes from an authenticator app are now a second factor of your account.',
    'totp-disabled': 'Codes from an authenticator app are no longer a second factor of your account.',
    'recovery-codes-renewed': 'Your account has new recovery codes. The old ones no longer work.',
    'recovery-code-used': 'A recovery code of your account has been used. It does not work again.',
    'passkey-added': 'A passkey has been added to your account.',
    'passkey-removed': 'A passkey has been removed from your account.',
  },
  de: {
    'email-changed': 'Die E-Mail-Adresse Ihres Kontos ist jetzt diese.',
    'email-correction':
      'Unser Datenschutzbeauftragter hat Ihrem Konto auf Anfrage eine andere E-Mail-Adresse bewilligt. Sie gilt, sobald sie dort bestätigt ist. Alle Sitzungen Ihres Kontos sind beendet.',
    'password-changed': 'Das Passwort Ihres Kontos wurde geändert.',
    'totp-enabled': 'Codes aus einer Authentifizierungs-App sind jetzt ein zweiter Faktor Ihres Kontos.',
    'totp-disabled':
      'Codes aus einer Authentifizierungs-App sind nicht mehr ein zweiter Faktor Ihres Kontos.',
    'recovery-codes-renewed':
      'Ihr Konto hat neue Wiederherstellungscodes. Die alten funktionieren nicht mehr.',
    'recovery-code-used':
      'Ein Wiederherstellungscode Ihres Kontos wurde verwendet. Er funktioniert kein zweites Mal.',
    'passkey-added': 'Ihrem Konto wurde ein Passkey hinzugefügt.',
    'passkey-removed': 'Aus Ihrem Konto wurde ein Passkey entfernt.',
  },
  es: {
    'email-changed': 'La dirección de correo electrónico de su cuenta es ahora esta.',
    'email-correction':
      'Nuestro delegado de protección de datos ha concedido a su cuenta otra dirección de correo electrónico, como se solicitó. Valdrá en cuanto se confirme allí. Se han cerrado todas las sesiones de su cuenta.',
    'password-changed': 'Se ha cambiado la contraseña de su cuenta.',
    'totp-enabled':
      'Los códigos de una aplicación de autenticación son ahora un segundo factor de su cuenta.',
    'totp-disabled':
      'Los códigos de una aplicación de autenticación han dejado de ser un segundo factor de su cuenta.',
    'recovery-codes-renewed':
      'Su cuenta tiene códigos de recuperación nuevos. Los anteriores ya no funcionan.',
    'recovery-code-used': 'Se ha utilizado un código de recuperación de su cuenta. No volverá a funcionar.',
    'passkey-added': 'Se ha añadido una llave de acceso a su cuenta.',
    'passkey-removed': 'Se ha eliminado una llave de acceso de su cuenta.',
  },
};

export const securityNotice: InEveryLanguage<(notice: Notice) => Letter> = {
  en: ({ change, portalUrl }) => ({
    subject: 'A change to the security of your account',
    blocks: [
      CHANGES.en[change],
      'If it was you, there is nothing to do. If it was not you, ask for a new password at once, and look through your second factors.',
      { link: { label: 'Go to your account', url: portalUrl, token: null } },
    ],
  }),
  de: ({ change, portalUrl }) => ({
    subject: 'Eine Änderung an der Sicherheit Ihres Kontos',
    blocks: [
      CHANGES.de[change],
      'Wenn Sie es waren, ist nichts zu tun. Wenn Sie es nicht waren, fordern Sie sofort ein neues Passwort an, und prüfen Sie Ihre zweiten Faktoren.',
      { link: { label: 'Zu Ihrem Konto', url: portalUrl, token: null } },
    ],
  }),
  es: ({ change, portalUrl }) => ({
    subject: 'Un cambio en la seguridad de su cuenta',
    blocks: [
      CHANGES.es[change],
      'Si ha sido usted, no tiene que hacer nada. Si no ha sido usted, solicite de inmediato una contraseña nueva y revise sus segundos factores.',
      { link: { label: 'Ir a su cuenta', url: portalUrl, token: null } },
    ],
  }),
};
