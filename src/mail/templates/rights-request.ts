// What people hear of their rights requests.
import type { RightsRequestStatus } from '../../entities/rights-request.js';
import type { InEveryLanguage, Letter } from '../letter.js';
import type { TokenLink } from './access.js';

export interface RightsRequestNews {
  readonly status: RightsRequestStatus;
  readonly portalUrl: string;
}

export const rightsRequest: InEveryLanguage<(news: RightsRequestNews) => Letter> = {
  en: ({ portalUrl }) => ({
    subject: 'Your privacy request',
    blocks: [
      'There is news about your privacy request.',
      { link: { label: 'See the request', url: `${portalUrl}/privacy-requests`, token: null } },
    ],
  }),
  de: ({ portalUrl }) => ({
    subject: 'Ihre Datenschutzanfrage',
    blocks: [
      'Zu Ihrer Datenschutzanfrage gibt es Neues.',
      { link: { label: 'Zur Anfrage', url: `${portalUrl}/privacy-requests`, token: null } },
    ],
  }),
  es: ({ portalUrl }) => ({
    subject: 'Su solicitud de privacidad',
    blocks: [
      'Hay novedades sobre su solicitud de privacidad.',
      { link: { label: 'Ver la solicitud', url: `${portalUrl}/privacy-requests`, token: null } },
    ],
  }),
};

export interface RightsRequestLink {
  readonly link: TokenLink;
  /** Who asks for the person; null when they seem to ask themselves. */
  readonly agent: string | null;
}

export const rightsRequestLink: InEveryLanguage<(asked: RightsRequestLink) => Letter> = {
  en: ({ link, agent }) => ({
    subject: 'Confirm a privacy request',
    blocks: [
      agent === null
        ? 'Somebody, probably you, has sent us a privacy request about your account at CyberSapceVPN. Confirm that it comes from you.'
        : `${agent} has sent us a privacy request about your account at CyberSapceVPN, and says that you have permitted it. Confirm that you have.`,
      { link: { label: 'Confirm the request', ...link } },
      'The link works once, for 24 hours. If you have not asked for this, do nothing: nothing happens, and nobody learns that you have an account.',
    ],
  }),
  de: ({ link, agent }) => ({
    subject: 'Bestätigen Sie eine Datenschutzanfrage',
    blocks: [
      agent === null
        ? 'Jemand, vermutlich Sie, hat uns eine Datenschutzanfrage zu Ihrem Konto bei CyberSapceVPN gesendet. Bestätigen Sie, dass sie von Ihnen kommt.'
        : `${agent} hat uns eine Datenschutzanfrage zu Ihrem Konto bei CyberSapceVPN gesendet und gibt an, dass Sie es erlaubt haben. Bestätigen Sie es.`,
      { link: { label: 'Anfrage bestätigen', ...link } },
      'Der Link gilt einmal und 24 Stunden lang. Wenn Sie das nicht wollten, brauchen Sie nichts zu tun: Es geschieht nichts, und niemand erfährt, dass Sie ein Konto haben.',
    ],
  }),
  es: ({ link, agent }) => ({
    subject: 'Confirme una solicitud de privacidad',
    blocks: [
      agent === null
        ? 'Alguien, probablemente usted, nos ha enviado una solicitud de privacidad sobre su cuenta de CyberSapceVPN. Confirme que procede de usted.'
        : `${agent} nos ha enviado una solicitud de privacidad sobre su cuenta de CyberSapceVPN y afirma que usted lo ha autorizado. Confírmelo.`,
      { link: { label: 'Confirmar la solicitud', ...link } },
      'El enlace sirve una sola vez, durante 24 horas. Si no lo ha pedido, no haga nada: no ocurrirá nada y nadie sabrá que tiene una cuenta.',
    ],
  }),
};
