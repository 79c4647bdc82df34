// MediaStreamer: the addresses whose DNS queries are answered for streaming, of customers and of the operator.

import type { AllowlistWriter } from '../../allowlist/writer.js';
import type { ListingRules } from '../../input/listing.js';
import { AllowlistService } from '../../services/media-streamer/allowlist.js';
import { MediaStreamerService } from '../../services/media-streamer/media-streamer.js';
import type { MediaStreamerServices } from '../../services/media-streamer/services.js';
import type { Capability } from '../capability.js';

export function createMediaStreamer({
  writer,
  rules,
}: {
  readonly writer: AllowlistWriter;
  readonly rules: ListingRules;
}): Capability<MediaStreamerServices> {
  return {
    services: {
      allowlist: new AllowlistService(writer, rules),
      mediaStreamer: new MediaStreamerService(writer, rules),
    },
  };
}
