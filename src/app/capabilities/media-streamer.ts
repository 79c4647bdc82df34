// MediaStreamer: the networks whose DNS queries are answered for streaming, of customers and of the operator.

import type { AllowlistWriter } from '../../allowlist/writer.js';
import type { UpdateHosts } from '../../config/gateway.js';
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
import { NetworkUpdates } from '../../services/media-streamer/network-updates.js';
import { NetworkService } from '../../services/media-streamer/networks.js';
import type { MediaStreamerServices } from '../../services/media-streamer/services.js';
import { networkView } from '../../services/media-streamer/views.js';
import type { Capability } from '../capability.js';

export function createMediaStreamer(parts: {
  readonly keyring: Keyring;
  readonly replayGuard: ReplayGuard;
  readonly throttle: Throttle;
  readonly writer: AllowlistWriter;
  readonly rules: ListingRules;
  readonly familyUrls: { readonly ipv4: string | null; readonly ipv6: string | null };
  readonly updateHosts: UpdateHosts;
  /** Whether the owner of an account has restricted processing. */
  readonly isRestricted: (accountId: string) => Promise<boolean>;
  readonly clock: Clock;
}): Capability<MediaStreamerServices> {
  const { writer, rules } = parts;
  const { allowPrivateAddresses } = rules;
  const proofs = new AddressProofs(parts);
  const networks = new NetworkService({ ...parts, networks: writer.networks, proofs });
  const updates = new NetworkUpdates({ ...parts, networks: writer.networks, allowPrivateAddresses });
  return {
    services: {
      allowlist: new AllowlistService(writer, rules),
      networks,
    },
    routes: [
      (app) => serveAddressProof(app, proofs),
      (app) => serveAppleProfile(app, (asked) => appleProfile(rules.catalogue(), asked)),
      (app, log) => serveNetworkUpdates(app, updates, log),
    ],
    nodes: [
      {
        type: 'Network',
        table: null,
        find: async (id, { accountId }) => {
          const network = await networks.find(accountId, id);
          return network === null ? null : networkView(networks.catalogue(), network);
        },
      },
    ],
  };
}
