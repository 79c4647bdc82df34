// To an address that somebody gave in a rights request and that has no account: that nothing is kept about it (GDPR, Article
// 15(1)). The reader's language is unknown, so the mail has all three.
import { dateText, LOCALES } from '../../../lib/locale.js';
import { type Letter } from '../../../mail/letter.js';
import { RIGHTS_REASONS } from './rights-reasons.js';

const TEXTS = {
  en: (day: string) =>
    `On ${day} we received a privacy request for this e-mail address. It has no CyberSapceVPN account: we keep no data about you, so there is nothing that we could show, correct or delete. If you have an account with another address, send the request for that address. You can complain to a data protection authority and go to court. If this was not you, you can ignore this e-mail.`,
  de: (day: string) =>
    `Am ${day} haben wir eine Datenschutzanfrage zu dieser E-Mail-Adresse erhalten. Bei CyberSapceVPN gibt es kein Konto mit dieser Adresse: Wir haben keine Daten über Sie und können deshalb nichts zeigen, berichtigen oder löschen. Wenn Sie ein Konto mit einer anderen Adresse haben, stellen Sie die Anfrage für diese Adresse. Sie können sich bei einer Datenschutzbehörde beschweren und ein Gericht anrufen. Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren.`,
  es: (day: string) =>
    `El ${day} recibimos una solicitud de privacidad sobre esta dirección de correo electrónico. En CyberSapceVPN no hay ninguna cuenta con esa dirección: no conservamos datos sobre usted, por lo que no hay nada que podamos mostrar, corregir o suprimir. Si tiene una cuenta con otra dirección, envíe la solicitud para esa dirección. Puede reclamar ante una autoridad de protección de datos y acudir a los tribunales. Si no ha sido usted, puede ignorar este correo.`,
};

/** `receivedOn`: `YYYY-MM-DD`. */
export function rightsNoData(receivedOn: string): Letter {
  return {
    subject: 'We keep no data about you',
    reason: LOCALES.map((locale) => RIGHTS_REASONS[locale].given).join(' '),
    blocks: LOCALES.map((locale) => TEXTS[locale](dateText(locale, receivedOn))),
  };
}
