// Permissions and evidence: sealed from the moment they arrive, shown to the data protection officer alone, and gone with the
// decision. A document's type is what its content shows.
import { randomUUID } from 'node:crypto';
import type { DataSource, EntityManager } from 'typeorm';
import type { DocumentKind, DocumentMediaType } from '../../entities/rights/rights-request-document.js';
import type { Throttle } from '../../ephemeral/throttle.js';
import { done, type Outcome, refused } from '../../input/user-error.js';
import type { Address } from '../../lib/ip.js';
import { isUuid } from '../../lib/uuid.js';
import type { Keyring } from '../../secrets/keyring.js';
import type { RightsConfirmation } from './confirmation.js';
import type { RightsRequests } from './requests.js';
import { isEnd } from './states.js';

/**
 * Of all requests together of which nobody has shown whose they are: a disk has an end. Each source may send a few files a day,
 * and a person who is identified is never turned away.
 */
const MAX_UNIDENTIFIED_BYTES = 10 * 1024 ** 3;

export interface DocumentView {
  readonly id: string;
  readonly kind: DocumentKind;
  readonly mediaType: DocumentMediaType;
  readonly bytes: number;
}

/** How each type begins, and what stands at its end, in so many of the last bytes. */
const SHAPES: readonly { type: DocumentMediaType; begin: Buffer; end: Buffer; within: number }[] = [
  // ISO 32000-2, 7.5.2 and 7.5.5: a header, and a marker in the last lines.
  { type: 'application/pdf', begin: Buffer.from('%PDF-'), end: Buffer.from('%%EOF'), within: 1024 },
  // PNG (Third Edition), 5.2 and 11.2.4: the signature, and the chunk IEND with its checksum.
  {
    type: 'image/png',
    begin: Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]),
    end: Buffer.from([0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]),
    within: 8,
  },
  // ITU-T T.81, Table B.1: start of image, and end of image.
  { type: 'image/jpeg', begin: Buffer.from([0xff, 0xd8, 0xff]), end: Buffer.from([0xff, 0xd9]), within: 2 },
];

/** What the bytes are; null when they are none of these, or cut off. */
export function mediaTypeOf(bytes: Buffer): DocumentMediaType | null {
  const shape = SHAPES.find(({ begin }) => bytes.subarray(0, begin.length).equals(begin));
  return shape !== undefined && bytes.subarray(-shape.within).includes(shape.end) ? shape.type : null;
}

export class RightsDocuments {
  constructor(
    private readonly parts: {
      readonly database: DataSource;
      readonly confirmation: Pick<RightsConfirmation, 'mayMail' | 'startWithPermission'>;
      readonly keyring: Keyring;
      readonly requests: RightsRequests;
      readonly throttle: Pick<Throttle, 'allows'>;
    },
  ) {}

  /** Counts an upload, before any of it is read; false when there have been too many from the source. */
  mayUpload(source: Address | null): Promise<boolean> {
    return this.parts.throttle.allows('rights-document', { source });
  }

  /** A later one takes the place of the first. A permission begins the identification of whom the agent asks for. */
  async put(
    requestId: string,
    kind: DocumentKind,
    bytes: Buffer,
    source: Address | null,
  ): Promise<Outcome<null>> {
    const { database, confirmation, keyring, requests } = this.parts;
    const mediaType = mediaTypeOf(bytes);
    if (mediaType === null) return refused({ field: null, code: 'DOCUMENT_TYPE' });
    const mails = kind === 'permission' && (await confirmation.mayMail(requestId, source));
    return database.transaction(async (manager) => {
      const request = await requests.lock(manager, requestId);
      if (request === null) return refused({ field: null, code: 'UNKNOWN_REQUEST' });
      if (isEnd(request.status)) return refused({ field: null, code: 'REQUEST_MOVED_ON' });
      if (request.accountId === null && (await this.isFull(manager))) {
        return refused({ field: null, code: 'TOO_MANY_DOCUMENTS' });
      }
      const id = randomUUID();
      await manager.query('DELETE FROM rights_request_document WHERE request_id = $1 AND kind = $2', [
        requestId,
        kind,
      ]);
      await manager.query(
        `INSERT INTO rights_request_document (id, request_id, kind, media_type, bytes, sealed_content)
         VALUES ($1, $2, $3, $4, $5, $6)`,
        [id, requestId, kind, mediaType, bytes.length, keyring.seal('rights-document', bytes, id)],
      );
      if (request.status === 'submitted') await confirmation.startWithPermission(manager, requestId, mails);
      return done(null);
    });
  }

  async of(requestId: string): Promise<DocumentView[]> {
    return this.views('request_id', requestId);
  }

  /** `id`: a UUID. Null when there is none (any more). */
  async find(id: string): Promise<DocumentView | null> {
    return (await this.views('id', id))[0] ?? null;
  }

  /** Null when there is none (any more). */
  async open(id: string): Promise<{ mediaType: DocumentMediaType; content: Buffer } | null> {
    if (!isUuid(id)) return null;
    const [row] = await this.parts.database.query<{ mediaType: DocumentMediaType; sealed: string }[]>(
      `SELECT media_type AS "mediaType", sealed_content AS sealed FROM rights_request_document WHERE id = $1`,
      [id],
    );
    if (row === undefined) return null;
    const content = this.parts.keyring.openBytes('rights-document', row.sealed, id.toLowerCase());
    return content === null ? null : { mediaType: row.mediaType, content };
  }

  private async isFull(manager: EntityManager): Promise<boolean> {
    const [stored] = await manager.query<{ full: boolean }[]>(
      `SELECT coalesce(sum(bytes), 0) >= $1 AS full
       FROM rights_request_document JOIN rights_request_subject USING (request_id)`,
      [MAX_UNIDENTIFIED_BYTES],
    );
    return stored?.full === true;
  }

  private views(column: 'id' | 'request_id', id: string): Promise<DocumentView[]> {
    return this.parts.database.query<DocumentView[]>(
      `SELECT id, kind, media_type AS "mediaType", bytes FROM rights_request_document
       WHERE ${column} = $1 ORDER BY kind`,
      [id],
    );
  }
}
