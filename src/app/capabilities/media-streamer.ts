// MediaStreamer: the addresses whose DNS queries are answered for streaming, of customers and of the operator.

import type { AllowlistWriter } from '../../allowlist/writer.js';
import type { ReplayGuard } from '../../ephemeral/replay-guard.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { serveAddressProof } from '../../http/media-streamer/address-proof.js';
import { serveAppleProfile } from '../../http/media-streamer/apple-profile.js';
import { serveNetworkUpdates } from '../../http/media-streamer/network-updates.js';
import type { ListingRules } from '../../input/listing.js';
import type { Clock } from '../../lib/calendar.js';
import type { Keyring } from '../../secrets/keyring.js';
import { AddressProofs } from '../../services/media-streamer/address-proofs.js';
import { AllowlistService } from '../../services/media-streamer/allowlist.js';
import { appleProfile } from '../../services/media-streamer/apple-profile.js';
import { MediaStreamerService } from '../../services/media-streamer/media-streamer.js';
import { NetworkUpdates } from '../../services/media-streamer/network-updates.js';
import type { MediaStreamerServices } from '../../services/media-streamer/services.js';
import type { Capability } from '../capability.js';

export function createMediaStreamer(parts: {
  readonly keyring: Keyring;
  readonly replayGuard: ReplayGuard;
  readonly throttle: Throttle;
  readonly writer: AllowlistWriter;
  readonly rules: ListingRules;
  /** Whether the owner of an account has restricted processing. */
  readonly isRestricted: (accountId: string) => Promise<boolean>;
  readonly clock: Clock;
}): Capability<MediaStreamerServices> {
  const { writer, rules } = parts;
  const addressProofs = new AddressProofs(parts);
  const { allowPrivateAddresses } = rules;
  const updates = new NetworkUpdates({ ...parts, networks: writer.networks, allowPrivateAddresses });
  return {
    services: {
      allowlist: new AllowlistService(writer, rules),
      mediaStreamer: new MediaStreamerService(writer, rules),
    },
    routes: [
      (app) => serveAddressProof(app, addressProofs),
      (app) => serveAppleProfile(app, (asked) => appleProfile(rules.catalogue(), asked)),
      (app, log) => serveNetworkUpdates(app, updates, log),
    ],
  };
}
