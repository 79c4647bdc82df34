// The page of an unsubscribe link: a question with a button, and the result. It runs no script and loads nothing.

import { escaped, htmlPage } from '../../lib/html.js';
import type { InEveryLanguage, Locale } from '../../lib/locale.js';
import { PAGE_STYLE, pagePolicy } from '../page-style.js';

/** `failed`: the request could not be read or processed. */
export type Step = 'asked' | 'done' | 'failed';

interface Words {
  readonly title: string;
  readonly button: string;
  readonly steps: Readonly<Record<Step, { readonly heading: string; readonly text: string }>>;
  /** Before the e-mail address. */
  readonly help: string;
}

const WORDS: InEveryLanguage<Words> = {
  en: {
    title: 'Unsubscribe',
    button: 'Unsubscribe',
    steps: {
      asked: {
        heading: 'Stop our news and offers?',
        text: 'You will still get the e-mails that you need, such as sign-in links, receipts and changes to your account.',
      },
      done: {
        heading: 'You are unsubscribed',
        text: 'You will not get any more news and offers from us. If you still do, the link was incomplete: open it again from the e-mail.',
      },
      failed: {
        heading: 'That did not work',
        text: 'Please open the link in the e-mail again in a few minutes.',
      },
    },
    help: 'Questions?',
  },
  de: {
    title: 'Abbestellen',
    button: 'Abbestellen',
    steps: {
      asked: {
        heading: 'Unsere Neuigkeiten und Angebote abbestellen?',
        text: 'E-Mails, die Sie brauchen, etwa Links zur Anmeldung, Zahlungsbelege und Änderungen an Ihrem Konto, erhalten Sie weiterhin.',
      },
      done: {
        heading: 'Sie haben abbestellt',
        text: 'Sie erhalten keine Neuigkeiten und Angebote mehr von uns. Wenn doch noch etwas kommt, war der Link unvollständig: Öffnen Sie ihn noch einmal aus der E-Mail.',
      },
      failed: {
        heading: 'Das hat nicht geklappt',
        text: 'Bitte öffnen Sie den Link in der E-Mail in einigen Minuten noch einmal.',
      },
    },
    help: 'Fragen?',
  },
  es: {
    title: 'Cancelar la suscripción',
    button: 'Cancelar la suscripción',
    steps: {
      asked: {
        heading: '¿Desea dejar de recibir nuestras novedades y ofertas?',
        text: 'Seguirá recibiendo los correos que necesita, como los enlaces de acceso, los recibos y los cambios en su cuenta.',
      },
      done: {
        heading: 'Suscripción cancelada',
        text: 'Ya no recibirá novedades ni ofertas nuestras. Si aún recibe alguna, el enlace estaba incompleto: vuelva a abrirlo desde el correo.',
      },
      failed: {
        heading: 'No ha sido posible',
        text: 'Vuelva a abrir el enlace del correo dentro de unos minutos, por favor.',
      },
    },
    help: '¿Preguntas?',
  },
};

const STYLE = `${PAGE_STYLE}
button { min-height: 2.75rem; padding: .5rem 1.5rem; border: 0; border-radius: .375rem; background: #0b57d0;
  color: #fff; font: inherit; font-weight: 600; cursor: pointer; }
button:hover { background: #0842a0; }
button:focus-visible { outline: 3px solid currentColor; outline-offset: 2px; }
footer { margin-top: 2.5rem; font-size: .9375rem; }
a { color: inherit; }
`;

export const CONTENT_SECURITY_POLICY = pagePolicy(STYLE, "'self'");

/** `contact`: an e-mail address. */
export function unsubscribePage(locale: Locale, step: Step, contact: string): string {
  const { title, button, steps, help } = WORDS[locale];
  const { heading, text } = steps[step];
  const address = escaped(contact);
  const form = `
<form method="post">
<input type="hidden" name="List-Unsubscribe" value="One-Click">
<button>${button}</button>
</form>`;
  const body = `<main>
<h1>${heading}</h1>
<p>${text}</p>${step === 'asked' ? form : ''}
<footer>${help} <a href="mailto:${address}">${address}</a></footer>
</main>`;
  return htmlPage({ lang: locale, title: `${title} · CyberSapceVPN`, style: STYLE, body });
}
