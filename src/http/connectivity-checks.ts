// The page for a device that looks for the internet and gets the gateway instead: a dns-node with DNS_CONNECTIVITY_CHECKS leads devices
// of unlisted addresses here, and they show this page as they show the sign-in page of a hotel.
import type { FastifyInstance } from 'fastify';
import { CONNECTIVITY_CHECKS } from '../lib/connectivity-checks.js';
import { escaped, htmlPage } from '../lib/html.js';
import { type InEveryLanguage, LOCALES } from '../lib/locale.js';
import { languageOf } from './accept-language.js';
import { PAGE_STYLE, pagePolicy } from './page-style.js';

interface Words {
  readonly title: string;
  readonly text: string;
  readonly link: string;
}

const WORDS: InEveryLanguage<Words> = {
  en: {
    title: 'Your address has changed',
    text: 'MediaStreamer does not know the address of this network. Either your internet provider has given you another address, or the address has not been registered yet. Devices that use our DNS server get no answers until it is registered.',
    link: 'Register the address of this network',
  },
  de: {
    title: 'Ihre Adresse hat sich geändert',
    text: 'MediaStreamer kennt die Adresse dieses Netzwerks nicht. Entweder hat Ihnen Ihr Internetanbieter eine andere Adresse gegeben, oder die Adresse wurde noch nicht registriert. Geräte, die unseren DNS-Server verwenden, erhalten keine Antworten, bis sie registriert ist.',
    link: 'Die Adresse dieses Netzwerks registrieren',
  },
  es: {
    title: 'Su dirección ha cambiado',
    text: 'MediaStreamer no conoce la dirección de esta red. O bien su proveedor de internet le ha asignado otra dirección, o bien la dirección aún no se ha registrado. Los dispositivos que usan nuestro servidor DNS no reciben respuestas hasta que se registre.',
    link: 'Registrar la dirección de esta red',
  },
};

const STYLE = `${PAGE_STYLE}
a { font-weight: 600; }
`;

const HEADERS = {
  'content-type': 'text/html; charset=utf-8',
  'content-security-policy': pagePolicy(STYLE, "'none'"),
  'referrer-policy': 'no-referrer',
  vary: 'accept-language',
};

const METHODS = ['GET', 'HEAD'];

/**
 * Answers every path of the hosts of CONNECTIVITY_CHECKS, and of no other host. The status is 200: Android takes 511 (RFC 6585
 * section 6) for a server that fails, and shows no page. Neither path nor address has a meaning for the answer.
 */
export function answerConnectivityChecks(app: FastifyInstance, portalUrl: string): void {
  const pages = new Map(LOCALES.map((locale) => [locale, pageIn(locale, portalUrl)]));
  app.addHook('onRequest', (request, reply, done) => {
    if (!isConnectivityCheck(request.headers.host ?? '')) done();
    else if (!METHODS.includes(request.method)) {
      reply
        .code(405)
        .headers({ allow: METHODS.join(', ') })
        .send();
    } else {
      reply.headers(HEADERS).send(pages.get(languageOf(request.headers['accept-language'] ?? '')));
    }
  });
}

/** With or without a port. */
function isConnectivityCheck(host: string): boolean {
  return CONNECTIVITY_CHECKS.includes(host.replace(/:\d*$/, '').toLowerCase());
}

function pageIn(locale: keyof typeof WORDS, portalUrl: string): string {
  const { title, text, link } = WORDS[locale];
  const body = `<main>
<h1>${title}</h1>
<p>${text}</p>
<p><a href="${escaped(portalUrl)}">${link}</a></p>
</main>`;
  return htmlPage({ lang: locale, title: `${title} · CyberSapceVPN`, style: STYLE, body });
}
