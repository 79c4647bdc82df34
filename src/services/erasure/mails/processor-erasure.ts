// What a processor is told when a person is erased: by which reference it knows them, and nothing else (GDPR, Article 19).

import type { Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { ErasureMailParts } from './parts.js';

export const processorErasureMail = defineMail({
  name: 'processor-erasure',
  purpose: 'account',
  recipient:
    'the processor’s address in `policy/processors.json`; the data protection officer where there is none',
  when: 'A person is erased of whom the processor has a payment reference.',
  legalBasis: 'legal-obligation',
  load: async (
    { processor: id, paymentReference }: ProcessorErasure,
    { processors, dpo }: ErasureMailParts,
  ) => {
    const processor = processors.processors.find((each) => each.id === id);
    return {
      to: processor?.erasure?.email ?? dpo,
      locale: 'en',
      content: { processor: processor?.name ?? id, paymentReference },
    };
  },
  render: (_locale, erasure) => processorErasure(erasure),
});

interface ProcessorErasure {
  /** Its id in the register of processors. */
  readonly processor: string;
  readonly paymentReference: string;
}

/** `processor`: its name in the register of processors. */
export function processorErasure({ processor, paymentReference }: ProcessorErasure): Letter {
  return {
    subject: 'Erase a customer’s data',
    reason: 'You get this mail because you process data for CyberSapceVPN.',
    blocks: [
      `A customer of CyberSapceVPN has been erased on request. Under Articles 17 and 19 of the GDPR, the data that ${processor} keeps about the customer is to be erased, too, unless a law asks that it be kept.`,
      { facts: [['Customer reference', paymentReference]] },
      'Nothing else is needed from us, and nothing else about the customer is left here.',
    ],
  };
}
