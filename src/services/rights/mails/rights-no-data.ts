// To an address that somebody gave in a rights request, and that has no account: that nothing is kept about it (GDPR, Article
// 15(1)). In which language its owner reads is not known, so it says it in all.
import { dateText, LOCALES } from '../../../lib/locale.js';
import { type Letter } from '../../../mail/letter.js';
import { RIGHTS_REASONS } from './rights-reasons.js';

const TEXTS = {
  en: (day: string) =>
    `On ${day} we got a privacy request for this e-mail address. There is no account with it at CyberSapceVPN: we keep no data about you, and so there is nothing that we could show, correct or delete. If you have an account with another address, send the request for that one. You can complain to a data protection authority, and go to court. If it was not you who asked, do nothing.`,
  de: (day: string) =>
    `Am ${day} haben wir eine Datenschutzanfrage zu dieser E-Mail-Adresse erhalten. Bei CyberSapceVPN gibt es kein Konto mit ihr: Wir haben keine Daten über Sie, und so gibt es nichts, was wir zeigen, berichtigen oder löschen könnten. Wenn Sie ein Konto mit einer anderen Adresse haben, stellen Sie die Anfrage für diese. Sie können sich bei einer Datenschutzbehörde beschweren und ein Gericht anrufen. Wenn Sie nicht gefragt haben, brauchen Sie nichts zu tun.`,
  es: (day: string) =>
    `El ${day} recibimos una solicitud de privacidad sobre esta dirección de correo electrónico. En CyberSapceVPN no hay ninguna cuenta con ella: no conservamos datos sobre usted, por lo que no hay nada que podamos mostrar, corregir o suprimir. Si tiene una cuenta con otra dirección, envíe la solicitud para esa. Puede reclamar ante una autoridad de protección de datos y acudir a los tribunales. Si no lo ha pedido usted, no haga nada.`,
};

/** `receivedOn`: `YYYY-MM-DD`. */
export function rightsNoData(receivedOn: string): Letter {
  return {
    subject: 'We keep no data about you',
    reason: LOCALES.map((locale) => RIGHTS_REASONS[locale].given).join(' '),
    blocks: LOCALES.map((locale) => TEXTS[locale](dateText(locale, receivedOn))),
  };
}
