// The services of this capability, as resolvers, endpoints and other capabilities see them.
import type { AllowlistService } from './allowlist.js';
import type { MediaStreamerService } from './media-streamer.js';

export interface MediaStreamerServices {
  readonly allowlist: AllowlistService;
  readonly mediaStreamer: MediaStreamerService;
}
