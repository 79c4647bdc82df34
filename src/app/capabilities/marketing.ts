// Marketing: campaigns by mail for those who have consented, what becomes of them, and where sign-ups come from.

import type { Database } from '../../db/database.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { serveOpenTracking } from '../../http/marketing/open-tracking.js';
import { serveUnsubscribe } from '../../http/marketing/unsubscribe.js';
import { withParts } from '../../mail/mail.js';
import type { Outbox } from '../../mail/outbox.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { ConsentService } from '../../services/consent/consent.js';
import { CampaignService } from '../../services/marketing/campaign.js';
import { CampaignCounter, startCampaignCounting } from '../../services/marketing/campaign-counter.js';
import { type ChannelList, ChannelService } from '../../services/marketing/channel.js';
import { OpenTracking } from '../../services/marketing/open-tracking.js';
import type { MarketingServices } from '../../services/marketing/services.js';
import { UnsubscribeLinks } from '../../services/marketing/unsubscribe-links.js';
import { isStaff } from '../../services/node.js';
import type { Capability } from '../capability.js';
import { MARKETING_MAILS } from '../mails.js';

export function createMarketing(parts: {
  readonly database: Pick<Database, 'orm'>;
  readonly keyring: Keyring;
  readonly outbox: Outbox;
  readonly throttle: Throttle;
  readonly consent: ConsentService;
  readonly channels: ChannelList;
  readonly subjectMarks: ReadonlyMap<string, string>;
  readonly publicUrl: string;
  readonly contact: string;
  readonly postalAddress: string | null;
}): Capability<MarketingServices> {
  const { keyring, outbox, throttle, consent, channels, subjectMarks, publicUrl, contact } = parts;
  const { orm: database } = parts.database;
  const hasPostalAddress = parts.postalAddress !== null;
  const campaigns = new CampaignService({ database, outbox, consent, hasPostalAddress });
  const counter = new CampaignCounter(database);
  const openTracking = new OpenTracking(keyring, counter);
  const unsubscribeLinks = new UnsubscribeLinks(keyring, consent);
  return {
    services: {
      campaign: campaigns,
      campaignCounter: counter,
      channel: new ChannelService(database, keyring, throttle, channels),
      openTracking,
      unsubscribeLinks,
    },
    mails: withParts(MARKETING_MAILS, {
      database,
      consent,
      counter,
      openTracking,
      unsubscribeLinks,
      publicUrl,
      subjectMarks,
    }),
    jobs: [({ log }) => startCampaignCounting(counter, log)],
    routes: [
      (app) => serveOpenTracking(app, (token) => openTracking.count(token)),
      (app, log) =>
        serveUnsubscribe(app, {
          unsubscribe: (token) => unsubscribeLinks.unsubscribe(token),
          contact,
          log,
        }),
    ],
    nodes: [
      {
        type: 'Campaign',
        table: 'campaign',
        find: async (id, viewer) => (isStaff(viewer, 'admin') ? campaigns.find(id) : null),
      },
    ],
  };
}
