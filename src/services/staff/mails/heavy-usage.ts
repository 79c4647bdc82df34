// Asks somebody who transfers more than thousands of others together what it is about. Support sends it, or not, from a program of its own.

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
      `In ${monthText('en', month)}, ${numberText('en', megabytes)} MB were transferred with your account at CyberSapceVPN. That is more than with thousands of other accounts together, and it can slow the service down for others.`,
      'What was transferred we do not know, and do not want to know. Could you tell us in a few words whether this is as it should be? Sometimes a program repeats itself without end, or somebody else uses the account.',
      'The service stays as it is for you: nothing is limited, and you need not answer. If you do, simply reply to this mail.',
    ],
  }),
  de: ({ month, megabytes }) => ({
    subject: `Eine Frage zu Ihrem Datenvolumen im ${monthText('de', month)}`,
    paragraphs: [
      `Im ${monthText('de', month)} wurden mit Ihrem Konto bei CyberSapceVPN ${numberText('de', megabytes)} MB übertragen. Das ist mehr als mit Tausenden anderer Konten zusammen und kann den Dienst für andere verlangsamen.`,
      'Was übertragen wurde, wissen wir nicht und wollen wir nicht wissen. Könnten Sie uns in wenigen Worten sagen, ob das so sein soll? Manchmal wiederholt sich ein Programm ohne Ende, oder jemand anderes benutzt das Konto.',
      'Der Dienst bleibt für Sie, wie er ist: Nichts wird eingeschränkt, und Sie müssen nicht antworten. Wenn Sie es tun möchten, antworten Sie einfach auf diese E-Mail.',
    ],
  }),
  es: ({ month, megabytes }) => ({
    subject: `Una pregunta sobre su volumen de datos en ${monthText('es', month)}`,
    paragraphs: [
      `En ${monthText('es', month)} se transfirieron ${numberText('es', megabytes)} MB con su cuenta de CyberSapceVPN. Es más que con miles de otras cuentas juntas y puede hacer que el servicio sea más lento para los demás.`,
      'No sabemos qué se transfirió, ni queremos saberlo. ¿Podría decirnos en pocas palabras si es lo que usted espera? A veces un programa se repite sin fin, o alguien más utiliza la cuenta.',
      'Para usted el servicio sigue igual: no se limita nada, y no está obligado a responder. Si desea hacerlo, basta con contestar a este correo.',
    ],
  }),
};
