// The receipt for a payment, which was made elsewhere.

import { amountText, dateText, type InEveryLanguage } from '../../../lib/locale.js';
import { type Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { AccountMailParts } from './parts.js';

export interface Receipt {
  /** The invoice's number. */
  readonly reference: string;
  /** In the currency's smallest unit. */
  readonly amount: number;
  /** ISO 4217. */
  readonly currency: string;
  /** `YYYY-MM-DD` */
  readonly paidOn: string;
}

export const receiptMail = defineMail({
  name: 'receipt',
  purpose: 'payment',
  recipient: 'the account’s owner',
  when: 'Support or an admin sends the receipt of a payment.',
  legalBasis: 'contract',
  async load(
    { accountId, receipt: content }: { readonly accountId: string; readonly receipt: Receipt },
    { ownerOf }: AccountMailParts,
  ) {
    const owner = await ownerOf(accountId);
    return owner === null ? null : { ...owner, content };
  },
  render: (locale, content) => receipt[locale](content),
});

export const receipt: InEveryLanguage<(receipt: Receipt) => Letter> = {
  en: ({ reference, amount, currency, paidOn }) => ({
    subject: `Receipt ${reference}`,
    blocks: [
      'Thank you. We have received your payment for CyberSapceVPN.',
      {
        facts: [
          ['Invoice', reference],
          ['Amount', amountText('en', amount, currency)],
          ['Paid on', dateText('en', paidOn)],
        ],
      },
    ],
  }),
  de: ({ reference, amount, currency, paidOn }) => ({
    subject: `Zahlungsbeleg ${reference}`,
    blocks: [
      'Vielen Dank. Ihre Zahlung für CyberSapceVPN ist eingegangen.',
      {
        facts: [
          ['Rechnung', reference],
          ['Betrag', amountText('de', amount, currency)],
          ['Bezahlt am', dateText('de', paidOn)],
        ],
      },
    ],
  }),
  es: ({ reference, amount, currency, paidOn }) => ({
    subject: `Recibo ${reference}`,
    blocks: [
      'Gracias. Hemos recibido su pago de CyberSapceVPN.',
      {
        facts: [
          ['Factura', reference],
          ['Importe', amountText('es', amount, currency)],
          ['Fecha de pago', dateText('es', paidOn)],
        ],
      },
    ],
  }),
};
