// Mails about an account: what changed in its security, and that it is closed.
import type { InEveryLanguage } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';
import type { SecurityChange } from '../../../mail/mail.js';

export interface Notice {
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

/** To the address that the account had before. `contact`: an e-mail address. */
export const emailChanged: InEveryLanguage<(contact: string) => Letter> = {
  en: (contact) => ({
    subject: 'Your account has another e-mail address',
    reason: 'You get this mail because this was the e-mail address of your account until now.',
    blocks: [
      'Your account at CyberSapceVPN has another e-mail address from now on. This is the last mail about it to this one.',
      `If it was you, there is nothing to do. If it was not you, write to ${contact} at once.`,
    ],
  }),
  de: (contact) => ({
    subject: 'Ihr Konto hat eine andere E-Mail-Adresse',
    reason: 'Sie erhalten diese E-Mail, weil dies bis jetzt die E-Mail-Adresse Ihres Kontos war.',
    blocks: [
      'Ihr Konto bei CyberSapceVPN hat ab jetzt eine andere E-Mail-Adresse. Dies ist die letzte Nachricht dazu an diese Adresse.',
      `Wenn Sie es waren, ist nichts zu tun. Wenn Sie es nicht waren, schreiben Sie sofort an ${contact}.`,
    ],
  }),
  es: (contact) => ({
    subject: 'Su cuenta tiene otra dirección de correo electrónico',
    reason: 'Recibe este correo porque esta era hasta ahora la dirección de correo electrónico de su cuenta.',
    blocks: [
      'Su cuenta de CyberSapceVPN tiene desde ahora otra dirección de correo electrónico. Este es el último mensaje sobre ella a esta.',
      `Si ha sido usted, no tiene que hacer nada. Si no ha sido usted, escriba de inmediato a ${contact}.`,
    ],
  }),
};

export interface Closing {
  /** What staff call the case for which they closed it; null when its owner did. */
  readonly caseReference: string | null;
  /** An e-mail address. */
  readonly contact: string;
}

export const accountClosed: InEveryLanguage<(closing: Closing) => Letter> = {
  en: ({ caseReference, contact }) => ({
    subject: 'Your account is closed',
    reason: 'You get this mail because your account was closed.',
    blocks: [
      'Your account at CyberSapceVPN is closed, and what belonged to it has been deleted. Our services no longer work with it.',
      caseReference === null
        ? 'This is the last mail about it. The e-mail address is free for a new account.'
        : `We closed it under the reference ${caseReference}. If you want to know more, or think that this is a mistake, write to ${contact} and give the reference.`,
    ],
  }),
  de: ({ caseReference, contact }) => ({
    subject: 'Ihr Konto ist geschlossen',
    reason: 'Sie erhalten diese E-Mail, weil Ihr Konto geschlossen wurde.',
    blocks: [
      'Ihr Konto bei CyberSapceVPN ist geschlossen, und was dazu gehörte, ist gelöscht. Unsere Dienste funktionieren damit nicht mehr.',
      caseReference === null
        ? 'Dies ist die letzte Nachricht dazu. Die E-Mail-Adresse ist frei für ein neues Konto.'
        : `Wir haben es unter dem Aktenzeichen ${caseReference} geschlossen. Wenn Sie mehr wissen möchten oder es für einen Irrtum halten, schreiben Sie an ${contact}, und nennen Sie das Aktenzeichen.`,
    ],
  }),
  es: ({ caseReference, contact }) => ({
    subject: 'Su cuenta está cerrada',
    reason: 'Recibe este correo porque se ha cerrado su cuenta.',
    blocks: [
      'Su cuenta de CyberSapceVPN está cerrada y lo que pertenecía a ella se ha eliminado. Nuestros servicios ya no funcionan con ella.',
      caseReference === null
        ? 'Este es el último mensaje sobre ella. La dirección de correo electrónico queda libre para una cuenta nueva.'
        : `La hemos cerrado con la referencia ${caseReference}. Si desea saber más o cree que es un error, escriba a ${contact} e indique la referencia.`,
    ],
  }),
};
