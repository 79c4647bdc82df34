// The services of this capability, as resolvers, endpoints and other capabilities see them.
import type { ConsentService } from './consent.js';

export interface ConsentServices {
  readonly consent: ConsentService;
}
