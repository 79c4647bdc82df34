// A draft to somebody who transfers more than thousands of others together, asking whether that is intended. Support decides
// whether to send it, from its own mail program.

import type { Month } from '../../../lib/calendar.js';
import { type InEveryLanguage, monthText, numberText } from '../../../lib/locale.js';
import type { PlainLetter } from '../../../mail/draft.js';

export interface HeavyUsage {
  readonly month: Month;
  readonly megabytes: number;
}

export const heavyUsage: InEveryLanguage<(usage: HeavyUsage) => PlainLetter> = {
  en: ({ month, megabytes }) => ({
    subject: `A question about your data volume in ${monthText('en', month)}`,
    paragraphs: [
      `In ${monthText('en', month)}, ${numberText('en', megabytes)} MB were transferred with your account at CyberSapceVPN. That is more than thousands of other accounts together, and it can slow down the service for others.`,
      'We do not know what was transferred, and we do not want to know. Could you tell us in a few words whether this is intended? Sometimes a program runs in an endless loop, or someone else is using the account.',
      'Nothing changes for you: the service is not limited, and you do not have to answer. If you would like to, simply reply to this e-mail.',
    ],
  }),
  de: ({ month, megabytes }) => ({
    subject: `Eine Frage zu Ihrem Datenvolumen im ${monthText('de', month)}`,
    paragraphs: [
      `Im ${monthText('de', month)} wurden mit Ihrem Konto bei CyberSapceVPN ${numberText('de', megabytes)} MB übertragen. Das ist mehr als bei Tausenden anderer Konten zusammen und kann den Dienst für andere verlangsamen.`,
      'Wir wissen nicht, was übertragen wurde, und wollen es auch nicht wissen. Könnten Sie uns in wenigen Worten sagen, ob das so beabsichtigt ist? Manchmal läuft ein Programm in einer Endlosschleife, oder jemand anderes benutzt das Konto.',
      'Für Sie ändert sich nichts: Der Dienst wird nicht eingeschränkt, und Sie müssen nicht antworten. Wenn Sie möchten, antworten Sie einfach auf diese E-Mail.',
    ],
  }),
  es: ({ month, megabytes }) => ({
    subject: `Una pregunta sobre su volumen de datos en ${monthText('es', month)}`,
    paragraphs: [
      `En ${monthText('es', month)} se transfirieron ${numberText('es', megabytes)} MB con su cuenta de CyberSapceVPN. Es más que con miles de otras cuentas juntas y puede hacer que el servicio sea más lento para los demás.`,
      'No sabemos qué se transfirió ni queremos saberlo. ¿Podría decirnos en pocas palabras si es intencionado? A veces un programa entra en un bucle sin fin, o alguien más utiliza la cuenta.',
      'Para usted no cambia nada: el servicio no se limita y no está obligado a responder. Si desea hacerlo, basta con contestar a este correo.',
    ],
  }),
};
