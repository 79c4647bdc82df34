// The receipt for a payment, which was made elsewhere.
import { amountText, dateText, type InEveryLanguage } from '../../../lib/locale.js';
import { type Letter } from '../../../mail/letter.js';
import type { Receipt } from '../../../mail/mail.js';

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
