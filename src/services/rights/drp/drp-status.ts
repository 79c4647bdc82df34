// How far a request is, as agents of the Data Rights Protocol 1.0 read it (sections 3.02, 3.03 and 3.08). Nothing in it depends
// on whether an address has an account, before its owner has confirmed.
import type { DataSource } from 'typeorm';
import type { DenialReason } from '../../../entities/rights/rights-request.js';
import type { Keyring } from '../../../secrets/keyring.js';
import { dueDay } from '../../policy/deadlines.js';
import type { PrivacyLaws } from '../../policy/laws.js';
import type { ProcessorRegister } from '../../policy/processors.js';
import { reasonText } from '../mails/rights-request-words.js';
import type { RightsRequestRecord } from '../request-record.js';

/** The protocol's only regime is that of California (section 3.01). */
export const REGIME = { country: 'US', usState: 'CA' } as const;

/** Section 3.02. */
const DENIALS: { readonly [R in DenialReason]?: string } = {
  'identity-not-verified': 'insuf_verification',
  'fraud-suspected': 'suspected_fraud',
  'permission-forged': 'suspected_fraud',
  'no-data-found': 'no_match',
  'not-covered': 'claim_not_covered',
  excessive: 'too_many_requests',
};

/** The agents' entry in the register of processors. */
const PROCESSOR = 'drp-agents';

/** Section 3.03. Times are the beginning or the end of a day in UTC: nothing finer is kept. */
export interface ExerciseStatus {
  readonly request_id: string;
  readonly agent_request_id?: string;
  readonly received_at: string;
  readonly expected_by?: string;
  readonly status: 'in_progress' | 'fulfilled' | 'denied' | 'revoked';
  readonly reason?: string;
  readonly processing_details?: string;
  readonly user_verification_url?: string;
  readonly results_url?: string;
  readonly expires_at?: string;
}

type State = Omit<ExerciseStatus, 'request_id' | 'agent_request_id' | 'received_at' | 'expected_by'>;

interface Row {
  readonly sealed: string | null;
  readonly confirmBy: string | null;
  readonly exportUntil: string | null;
}

/** What an agent has sent along with a request. */
export interface DrpContact {
  readonly agentRequestId: string | null;
  readonly statusCallback: string | null;
}

export class DrpStatuses {
  /** `portalUrl`: without a slash at its end. */
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly keyring: Keyring;
      readonly laws: PrivacyLaws;
      readonly processors: ProcessorRegister;
      readonly portalUrl: string;
    },
  ) {}

  async of(request: RightsRequestRecord): Promise<ExerciseStatus> {
    const { id, receivedOn, dueOn } = request;
    const [row] = await this.parts.database.query<Row[]>(
      `SELECT sealed_contact AS sealed, rights_request_subject.expires_on::text AS "confirmBy",
         rights_export.expires_on::text AS "exportUntil"
       FROM rights_request
       LEFT JOIN rights_request_agent ON rights_request_agent.request_id = id
       LEFT JOIN rights_request_subject ON rights_request_subject.request_id = id
       LEFT JOIN rights_export ON rights_export.request_id = id
       WHERE id = $1`,
      [id],
    );
    const contact = this.contactOf(id, row?.sealed ?? null);
    return this.parts.processors.permitted(PROCESSOR, {
      request_id: id,
      ...(contact?.agentRequestId != null && { agent_request_id: contact.agentRequestId }),
      received_at: `${receivedOn}T00:00:00Z`,
      ...(dueOn !== null && { expected_by: endOf(this.dueOn(request)) }),
      ...this.stateOf(request, row),
    });
  }

  contactOf(requestId: string, sealed: string | null): DrpContact | null {
    const text = sealed === null ? null : this.parts.keyring.open('rights-request', sealed, requestId);
    return text === null ? null : (JSON.parse(text) as DrpContact);
  }

  /** Uses the law that the protocol names: the law of the account's country would reveal where its owner lives. */
  private dueOn({ kind, receivedOn, pausedDays, extensionReason }: RightsRequestRecord): string {
    const law = this.parts.laws.lawOf(REGIME.country, REGIME.usState);
    return dueDay(law, { kind, receivedOn, pausedDays, extended: extensionReason !== null });
  }

  private stateOf(
    { id, kind, status, denialReason, extensionReason }: RightsRequestRecord,
    row: Row | undefined,
  ): State {
    const { portalUrl } = this.parts;
    switch (status) {
      case 'submitted':
      case 'identity-required':
        return {
          status: 'in_progress',
          reason: 'need_user_verification',
          // Of this request alone (section 3.02.1): the agent adds `redirect_to` and `request_id`.
          user_verification_url: `${portalUrl}/confirm-privacy-request/${id}`,
          processing_details: 'If the address has an account, a link was sent to it.',
          ...until(row?.confirmBy),
        };
      case 'in-progress':
      case 'appealed':
        return { status: 'in_progress' };
      case 'extended':
        return {
          status: 'in_progress',
          processing_details: reasonText('en', extensionReason ?? 'complexity'),
        };
      case 'fulfilled':
        return kind === 'access'
          ? { status: 'fulfilled', results_url: `${portalUrl}/privacy-requests`, ...until(row?.exportUntil) }
          : { status: 'fulfilled' };
      case 'withdrawn':
      case 'erased':
        return { status: 'revoked' };
      case 'expired':
        return {
          status: 'denied',
          reason: 'insuf_verification',
          processing_details: 'Nobody has confirmed the request in time.',
        };
      case 'denied':
        return {
          status: 'denied',
          reason: (denialReason && DENIALS[denialReason]) ?? 'other',
          processing_details: reasonText('en', denialReason ?? 'not-covered'),
        };
    }
  }
}

function until(day: string | null | undefined): { expires_at?: string } {
  return day == null ? {} : { expires_at: endOf(day) };
}

function endOf(day: string): string {
  return `${day}T23:59:59Z`;
}
