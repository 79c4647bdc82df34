// Why somebody gets a mail about a rights request: the recipient may have no account.

import type { InEveryLanguage } from '../../../lib/locale.js';

interface Reasons {
  /** To an address that somebody gave, with or without an account: the sentence says nothing about that. */
  readonly given: string;
  /** To the address that an agent gave as its own. */
  readonly agent: string;
  /** To the owner of an account. */
  readonly owner: string;
  /** To a data protection officer. */
  readonly officer: string;
}

export const RIGHTS_REASONS: InEveryLanguage<Reasons> = {
  en: {
    given: 'You are receiving this e-mail because this e-mail address was given in a privacy request.',
    agent:
      'You are receiving this e-mail because this e-mail address was given as the address of an agent in a privacy request.',
    owner: 'You are receiving this e-mail because there is a privacy request about your account.',
    officer: 'You are receiving this e-mail because you are a data protection officer.',
  },
  de: {
    given:
      'Sie erhalten diese E-Mail, weil diese E-Mail-Adresse in einer Datenschutzanfrage angegeben wurde.',
    agent:
      'Sie erhalten diese E-Mail, weil diese E-Mail-Adresse in einer Datenschutzanfrage als Adresse eines Vertreters angegeben wurde.',
    owner: 'Sie erhalten diese E-Mail, weil es zu Ihrem Konto eine Datenschutzanfrage gibt.',
    officer: 'Sie erhalten diese E-Mail, weil Sie für Datenschutzanfragen zuständig sind.',
  },
  es: {
    given:
      'Recibe este correo porque esta dirección de correo electrónico se indicó en una solicitud de privacidad.',
    agent:
      'Recibe este correo porque esta dirección de correo electrónico se indicó como dirección de un representante en una solicitud de privacidad.',
    owner: 'Recibe este correo porque hay una solicitud de privacidad sobre su cuenta.',
    officer: 'Recibe este correo porque se encarga de las solicitudes de privacidad.',
  },
};
