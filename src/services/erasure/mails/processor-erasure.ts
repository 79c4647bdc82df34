// To a processor when a person is erased: the reference by which it knows the person, and nothing else (GDPR, Article 19).

import type { Letter } from '../../../mail/letter.js';
import { defineMail } from '../../../mail/mail.js';
import type { ErasureMailParts } from './parts.js';

export const processorErasureMail = defineMail({
  name: 'processor-erasure',
  purpose: 'account',
  recipient:
    'the processor’s address in `policy/processors.json`; the data protection officer where there is none',
  when: 'The data of a person is erased, and the processor has a payment reference of the person.',
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
    subject: 'Please erase a customer’s data',
    reason: 'You are receiving this e-mail because you process data for CyberSapceVPN.',
    blocks: [
      `CyberSapceVPN has erased the data of a customer. Under Articles 17 and 19 of the GDPR, please erase the data that ${processor} keeps about this customer, too, unless a law requires that it be kept.`,
      { facts: [['Customer reference', paymentReference]] },
      'The reference is all that you need. We no longer keep any other data about this customer.',
    ],
  };
}
