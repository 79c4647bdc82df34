// What a processor is told when a person is erased: by which reference it knows them, and nothing else (GDPR, Article 19).
import type { Letter } from '../../../mail/letter.js';

export interface ProcessorErasure {
  /** As the register of processors names it. */
  readonly processor: string;
  readonly paymentReference: string;
}

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
