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
  when: 'An agent makes a request for somebody else. The link verifies that the address belongs to the agent.',
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
    subject: 'Confirm that you are acting for someone else',
    reason: RIGHTS_REASONS.en.agent,
    blocks: [
      'Someone has sent CyberSapceVPN a privacy request as the agent of another person, and gave this e-mail address as the agent’s. If this was you, confirm the address. Until then we write to nobody else.',
      { link: { label: 'Confirm the address', ...link } },
      'The link works once and expires after 24 hours. After that we need the signed permission: a request without confirmation or permission expires after seven days. If this was not you, you can ignore this e-mail.',
    ],
  }),
  de: (link) => ({
    subject: 'Bestätigen Sie, dass Sie für jemand anderen handeln',
    reason: RIGHTS_REASONS.de.agent,
    blocks: [
      'Jemand hat CyberSapceVPN als Vertreter einer anderen Person eine Datenschutzanfrage gesendet und diese E-Mail-Adresse als Adresse des Vertreters angegeben. Wenn Sie das waren, bestätigen Sie die Adresse. Vorher schreiben wir niemand anderem.',
      { link: { label: 'Adresse bestätigen', ...link } },
      'Der Link funktioniert einmal und ist 24 Stunden gültig. Danach benötigen wir die unterschriebene Vollmacht: Eine Anfrage ohne Bestätigung oder Vollmacht verfällt nach sieben Tagen. Wenn Sie das nicht waren, können Sie diese E-Mail ignorieren.',
    ],
  }),
  es: (link) => ({
    subject: 'Confirme que actúa en nombre de otra persona',
    reason: RIGHTS_REASONS.es.agent,
    blocks: [
      'Alguien ha enviado a CyberSapceVPN una solicitud de privacidad como representante de otra persona e indicó esta dirección como la del representante. Si ha sido usted, confirme la dirección. Hasta entonces no escribiremos a nadie más.',
      { link: { label: 'Confirmar la dirección', ...link } },
      'El enlace funciona una sola vez y caduca a las 24 horas. Después necesitamos la autorización firmada: una solicitud sin confirmación o sin autorización caduca a los siete días. Si no ha sido usted, puede ignorar este correo.',
    ],
  }),
};
