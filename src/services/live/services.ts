// The services of this capability, as resolvers, endpoints and other capabilities see them.
import type { LiveService } from './live.js';

export interface LiveServices {
  readonly live: LiveService;
}
