// Mails that give access: each carries a link, or says why there is none.
import type { InEveryLanguage } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';

/** A link and the token in its fragment. */
export interface TokenLink {
  readonly url: string;
  readonly token: string;
}

export const signUp: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Confirm your e-mail address',
    blocks: [
      'Somebody, probably you, is opening an account at CyberSapceVPN with this e-mail address. Confirm it, and enter the password that you chose.',
      { link: { label: 'Confirm the address', ...link } },
      'The link works once, for 24 hours. If it was not you, do nothing: no account is opened.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie Ihre E-Mail-Adresse',
    blocks: [
      'Jemand, vermutlich Sie, eröffnet mit dieser E-Mail-Adresse ein Konto bei CyberSapceVPN. Bestätigen Sie die Adresse, und geben Sie das Passwort ein, das Sie gewählt haben.',
      { link: { label: 'Adresse bestätigen', ...link } },
      'Der Link gilt einmal und 24 Stunden lang. Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Es wird kein Konto eröffnet.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme su dirección de correo electrónico',
    blocks: [
      'Alguien, probablemente usted, está abriendo una cuenta en CyberSapceVPN con esta dirección de correo electrónico. Confírmela e introduzca la contraseña que eligió.',
      { link: { label: 'Confirmar la dirección', ...link } },
      'El enlace sirve una sola vez, durante 24 horas. Si no ha sido usted, no haga nada: no se abrirá ninguna cuenta.',
    ],
  }),
};

export const signUpKnown: InEveryLanguage<(portalUrl: string) => Letter> = {
  en: (portalUrl) => ({
    subject: 'You already have an account',
    blocks: [
      'Somebody, probably you, wanted to open an account at CyberSapceVPN with this e-mail address. There is one already.',
      { link: { label: 'Sign in', url: portalUrl, token: null } },
      'If you have forgotten the password, ask there for a new one. If it was not you, do nothing: nobody has been told that you have an account.',
    ],
  }),
  de: (portalUrl) => ({
    subject: 'Sie haben bereits ein Konto',
    blocks: [
      'Jemand, vermutlich Sie, wollte mit dieser E-Mail-Adresse ein Konto bei CyberSapceVPN eröffnen. Es gibt bereits eines.',
      { link: { label: 'Anmelden', url: portalUrl, token: null } },
      'Wenn Sie das Passwort vergessen haben, fordern Sie dort ein neues an. Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Niemand hat erfahren, dass Sie ein Konto haben.',
    ],
  }),
  es: (portalUrl) => ({
    subject: 'Ya tiene una cuenta',
    blocks: [
      'Alguien, probablemente usted, quería abrir una cuenta en CyberSapceVPN con esta dirección de correo electrónico. Ya existe una.',
      { link: { label: 'Iniciar sesión', url: portalUrl, token: null } },
      'Si ha olvidado la contraseña, solicite allí una nueva. Si no ha sido usted, no haga nada: nadie ha sabido que tiene una cuenta.',
    ],
  }),
};

export const passwordReset: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Choose a new password',
    blocks: [
      'Somebody, probably you, has asked for a new password for your account at CyberSapceVPN.',
      { link: { label: 'Choose a new password', ...link } },
      'The link works once, for one hour. If it was not you, do nothing: the password stays as it is.',
    ],
  }),
  de: (link) => ({
    subject: 'Wählen Sie ein neues Passwort',
    blocks: [
      'Jemand, vermutlich Sie, hat für Ihr Konto bei CyberSapceVPN ein neues Passwort angefordert.',
      { link: { label: 'Neues Passwort wählen', ...link } },
      'Der Link gilt einmal und eine Stunde lang. Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Das Passwort bleibt, wie es ist.',
    ],
  }),
  es: (link) => ({
    subject: 'Elija una contraseña nueva',
    blocks: [
      'Alguien, probablemente usted, ha solicitado una contraseña nueva para su cuenta de CyberSapceVPN.',
      { link: { label: 'Elegir una contraseña nueva', ...link } },
      'El enlace sirve una sola vez, durante una hora. Si no ha sido usted, no haga nada: la contraseña no cambia.',
    ],
  }),
};

export const emailChangeOld: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Confirm the change of your e-mail address',
    reason: 'You get this mail because your account is to get another e-mail address.',
    blocks: [
      'Your account at CyberSapceVPN is to get another e-mail address. It changes when both this address and the new one have been confirmed.',
      { link: { label: 'Confirm the change', ...link } },
      'The link works once, for 24 hours. If it was not you, do not confirm: sign in, cancel the change, and choose a new password.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie die Änderung Ihrer E-Mail-Adresse',
    reason: 'Sie erhalten diese E-Mail, weil Ihr Konto eine andere E-Mail-Adresse erhalten soll.',
    blocks: [
      'Ihr Konto bei CyberSapceVPN soll eine andere E-Mail-Adresse erhalten. Sie ändert sich, sobald sowohl diese Adresse als auch die neue bestätigt ist.',
      { link: { label: 'Änderung bestätigen', ...link } },
      'Der Link gilt einmal und 24 Stunden lang. Wenn Sie es nicht waren, bestätigen Sie nicht: Melden Sie sich an, brechen Sie die Änderung ab, und wählen Sie ein neues Passwort.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme el cambio de su dirección de correo electrónico',
    reason: 'Recibe este correo porque su cuenta va a recibir otra dirección de correo electrónico.',
    blocks: [
      'Su cuenta de CyberSapceVPN va a recibir otra dirección de correo electrónico. Cambiará cuando se hayan confirmado tanto esta dirección como la nueva.',
      { link: { label: 'Confirmar el cambio', ...link } },
      'El enlace sirve una sola vez, durante 24 horas. Si no ha sido usted, no confirme: inicie sesión, cancele el cambio y elija una contraseña nueva.',
    ],
  }),
};

export const emailChangeNew: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Confirm your new e-mail address',
    reason: 'You get this mail because somebody has entered this e-mail address for an account.',
    blocks: [
      'An account at CyberSapceVPN is to get this e-mail address. It changes when both the old address and this one have been confirmed.',
      { link: { label: 'Confirm the address', ...link } },
      'The link works once, for 24 hours. If it was not you, do nothing: the address will not be used.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie Ihre neue E-Mail-Adresse',
    reason: 'Sie erhalten diese E-Mail, weil jemand diese E-Mail-Adresse für ein Konto eingegeben hat.',
    blocks: [
      'Ein Konto bei CyberSapceVPN soll diese E-Mail-Adresse erhalten. Sie ändert sich, sobald sowohl die alte Adresse als auch diese bestätigt ist.',
      { link: { label: 'Adresse bestätigen', ...link } },
      'Der Link gilt einmal und 24 Stunden lang. Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Die Adresse wird nicht verwendet.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme su nueva dirección de correo electrónico',
    reason:
      'Recibe este correo porque alguien ha introducido esta dirección de correo electrónico para una cuenta.',
    blocks: [
      'Una cuenta de CyberSapceVPN va a recibir esta dirección de correo electrónico. Cambiará cuando se hayan confirmado tanto la dirección anterior como esta.',
      { link: { label: 'Confirmar la dirección', ...link } },
      'El enlace sirve una sola vez, durante 24 horas. Si no ha sido usted, no haga nada: la dirección no se utilizará.',
    ],
  }),
};

export const emailChangeKnown: InEveryLanguage<() => Letter> = {
  en: () => ({
    subject: 'This e-mail address already has an account',
    reason: 'You get this mail because somebody has entered this e-mail address for an account.',
    blocks: [
      'Somebody wanted to give this e-mail address to an account at CyberSapceVPN. It belongs to another account already, so nothing changes.',
      'If it was you, choose another address, or close the other account first. If it was not you, do nothing: nobody has been told that you have an account.',
    ],
  }),
  de: () => ({
    subject: 'Zu dieser E-Mail-Adresse gibt es bereits ein Konto',
    reason: 'Sie erhalten diese E-Mail, weil jemand diese E-Mail-Adresse für ein Konto eingegeben hat.',
    blocks: [
      'Jemand wollte einem Konto bei CyberSapceVPN diese E-Mail-Adresse geben. Sie gehört bereits zu einem anderen Konto, deshalb ändert sich nichts.',
      'Wenn Sie es waren, wählen Sie eine andere Adresse, oder schließen Sie zuerst das andere Konto. Wenn Sie es nicht waren, brauchen Sie nichts zu tun: Niemand hat erfahren, dass Sie ein Konto haben.',
    ],
  }),
  es: () => ({
    subject: 'Esta dirección de correo electrónico ya tiene una cuenta',
    reason:
      'Recibe este correo porque alguien ha introducido esta dirección de correo electrónico para una cuenta.',
    blocks: [
      'Alguien quería asignar esta dirección de correo electrónico a una cuenta de CyberSapceVPN. Ya pertenece a otra cuenta, así que nada cambia.',
      'Si ha sido usted, elija otra dirección o cierre antes la otra cuenta. Si no ha sido usted, no haga nada: nadie ha sabido que tiene una cuenta.',
    ],
  }),
};
