// What people hear of their rights requests.
import type { RightsRequestStatus } from '../../entities/rights-request.js';
import type { InEveryLanguage, Letter } from '../letter.js';

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
