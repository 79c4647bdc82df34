// Whatever has an id that is unique in the whole API, found by it, for whoever may see it. What is not there and what is not
// shown are the same answer.
import type { DataSource } from 'typeorm';
import type { Role } from '../entities/account/account.js';
import { isUuid } from '../lib/uuid.js';
import type { AccountService, AccountView } from './account/account.js';
import type { CampaignService, CampaignView } from './marketing/campaign.js';
import type { DocumentView, RightsDocuments } from './rights/documents.js';
import type { RightsRequestRecord, RightsRequests } from './rights/requests.js';
import type { RightsSubmission } from './rights/submission.js';
import type { PasskeyService, PasskeyView } from './sign-in/second-factors/passkey.js';
import type { Session } from './sign-in/session.js';
import type { VpnNodeService, VpnNodeView } from './usage/vpn-nodes.js';

/** By the names that the API has for them. */
export interface NodeViews {
  readonly Account: AccountView;
  readonly Campaign: CampaignView;
  readonly Passkey: PasskeyView;
  readonly RightsDocument: DocumentView;
  readonly RightsRequest: RightsRequestRecord;
  readonly VpnNode: VpnNodeView;
}
export type NodeType = keyof NodeViews;

export type FoundNode = {
  readonly [Type in NodeType]: { readonly type: Type; readonly view: NodeViews[Type] };
}[NodeType];

type Readers = {
  readonly [Type in NodeType]: (id: string, viewer: Session) => Promise<NodeViews[Type] | null>;
};

const TABLES: Readonly<Record<NodeType, string>> = {
  Account: 'account',
  Campaign: 'campaign',
  Passkey: 'passkey',
  RightsDocument: 'rights_request_document',
  RightsRequest: 'rights_request',
  VpnNode: 'vpn_node',
};

const TYPE_OF = `SELECT type, id FROM (
  ${Object.entries(TABLES)
    .map(([type, table]) => `SELECT '${type}' AS type, id FROM ${table}`)
    .join(' UNION ALL ')}
) AS node WHERE id = $1`;

export class NodeService {
  private readonly readers: Readers;

  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly accounts: AccountService;
      readonly campaigns: CampaignService;
      readonly passkeys: PasskeyService;
      readonly documents: RightsDocuments;
      readonly requests: RightsRequests;
      readonly submission: RightsSubmission;
      readonly vpnNodes: VpnNodeService;
    },
  ) {
    const { database, accounts, campaigns, passkeys, documents, requests, submission, vpnNodes } = parts;
    this.readers = {
      // Staff do not see others' accounts here: such a look is written down, for a reason.
      Account: async (id, { accountId }) => (id === accountId ? accounts.find(id) : null),
      Campaign: async (id, viewer) => (isStaff(viewer, 'admin') ? campaigns.find(id) : null),
      Passkey: async (id, { accountId }) => named(id, await passkeys.list(accountId)),
      RightsDocument: async (id, viewer) => (isStaff(viewer, 'dpo') ? documents.find(id) : null),
      RightsRequest: async (id, viewer) =>
        isStaff(viewer, 'dpo')
          ? requests.find(database.manager, id)
          : named(id, await submission.ofAccount(viewer.accountId)),
      VpnNode: async (id, viewer) => (isStaff(viewer, 'admin') ? vpnNodes.byId(id) : null),
    };
  }

  /** Any text may be the id. */
  async find(id: string, viewer: Session): Promise<FoundNode | null> {
    if (!isUuid(id)) return null;
    // With the id as it is stored: a UUID may be written in capitals.
    const [node] = await this.parts.database.query<{ type: NodeType; id: string }[]>(TYPE_OF, [id]);
    if (node === undefined) return null;
    const { type } = node;
    const view = await this.readers[type](node.id, viewer);
    return view === null ? null : ({ type, view } as FoundNode);
  }
}

/** As `permissions.ts` has it for the lists of staff: without a second factor they are customers. */
function isStaff({ role, secondFactor }: Session, needed: Role): boolean {
  return role === needed && secondFactor;
}

function named<T extends { readonly id: string }>(wanted: string, views: readonly T[]): T | null {
  return views.find(({ id }) => id === wanted) ?? null;
}
