// The services of this capability, as resolvers, endpoints and other capabilities see them.
import type { PolicyService } from './policy.js';
import type { ProcessorRegister } from './processors.js';

export interface PolicyServices {
  readonly policy: PolicyService;
  readonly processors: ProcessorRegister;
}
