// To an agent that asks for somebody else: a link by which it shows that the address is its own. The mail shows nothing that
// somebody has typed, nor whom the request is about.

import { HOUR_MS } from '../../../lib/durations.js';
import type { InEveryLanguage } from '../../../lib/locale.js';
import type { Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { TokenLink } from '../../../mail/portal-link.js';
import { agentAddress, type RightsMailParts } from './parts.js';
import { RIGHTS_REASONS } from './rights-reasons.js';

export const rightsAgentLinkMail = defineMail({
  name: 'rights-agent-link',
  purpose: 'account',
  recipient: 'the agent’s address',
  when: 'An agent makes a request for somebody else. The link shows that the address is the agent’s.',
  legalBasis: 'legal-obligation',
  async load({ requestId }: { readonly requestId: string }, parts: RightsMailParts) {
    const to = await agentAddress(parts, requestId, false);
    if (to === null) return null;
    const content = parts.link('rights-agent-link', '/confirm-agent', requestId, 24 * HOUR_MS);
    return { to, locale: 'en', content };
  },
  render: (locale, link) => rightsAgentLink[locale](link),
});

export const rightsAgentLink: InEveryLanguage<(link: TokenLink) => Letter> = {
  en: (link) => ({
    subject: 'Confirm that you ask for somebody else',
    reason: RIGHTS_REASONS.en.agent,
    blocks: [
      'Somebody has sent CyberSapceVPN a privacy request as the agent of another person, and gave this e-mail address as the agent’s. Confirm it if it was you. Nobody is written to before that.',
      { link: { label: 'Confirm the address', ...link } },
      'The link works once, for 24 hours. We then wait for the signed permission; a request that is not confirmed, or comes without a permission, ends after seven days. If it was not you, do nothing.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie, dass Sie für jemand anderen fragen',
    reason: RIGHTS_REASONS.de.agent,
    blocks: [
      'Jemand hat CyberSapceVPN als Vertreter einer anderen Person eine Datenschutzanfrage gesendet und diese E-Mail-Adresse als die des Vertreters angegeben. Bestätigen Sie sie, wenn Sie es waren. Vorher wird niemandem geschrieben.',
      { link: { label: 'Adresse bestätigen', ...link } },
      'Der Link gilt einmal und 24 Stunden lang. Danach warten wir auf die unterschriebene Vollmacht; eine Anfrage, die nicht bestätigt wird oder ohne Vollmacht bleibt, endet nach sieben Tagen. Wenn Sie es nicht waren, brauchen Sie nichts zu tun.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme que pregunta por otra persona',
    reason: RIGHTS_REASONS.es.agent,
    blocks: [
      'Alguien ha enviado a CyberSapceVPN una solicitud de privacidad como representante de otra persona e indicó esta dirección como la del representante. Confírmela si ha sido usted. Antes no se escribe a nadie.',
      { link: { label: 'Confirmar la dirección', ...link } },
      'El enlace sirve una sola vez, durante 24 horas. Después esperamos la autorización firmada; una solicitud que no se confirma, o que llega sin autorización, termina a los siete días. Si no ha sido usted, no haga nada.',
    ],
  }),
};
