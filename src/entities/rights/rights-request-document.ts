// The table `rights_request_document`: permissions and evidence, sealed, until the request is decided.
import { Check, Column, Entity, ForeignKey, PrimaryColumn, Unique } from 'typeorm';
import { RightsRequest } from './rights-request.js';

export type DocumentKind = 'permission' | 'evidence';

export type DocumentMediaType = 'application/pdf' | 'image/png' | 'image/jpeg';

@Entity('rights_request_document')
@Unique('rights_request_document_once', ['requestId', 'kind'])
@Check('rights_request_document_id_check', `(get_byte(uuid_send(id), 6) >> 4) = 4`)
@Check('rights_request_document_kind_check', `kind ~ '^[a-z]+(-[a-z]+)*$'`)
@Check(
  'rights_request_document_media_type_check',
  `media_type IN ('application/pdf', 'image/png', 'image/jpeg')`,
)
@Check('rights_request_document_bytes_check', `bytes BETWEEN 1 AND 10485760`)
@Check('rights_request_document_sealed_content_check', `sealed_content ~ '^[A-Za-z0-9_-]+$'`)
export class RightsRequestDocument {
  @PrimaryColumn({ type: 'uuid', primaryKeyConstraintName: 'rights_request_document_pkey' })
  id!: string;

  @ForeignKey(() => RightsRequest, { onDelete: 'CASCADE', name: 'rights_request_document_request_id_fkey' })
  @Column({ type: 'uuid', name: 'request_id' })
  requestId!: string;

  @Column({ type: 'text' })
  kind!: DocumentKind;

  /** As its content shows. */
  @Column({ type: 'text', name: 'media_type' })
  mediaType!: DocumentMediaType;

  @Column({ type: 'integer' })
  bytes!: number;

  @Column({ type: 'text', name: 'sealed_content' })
  sealedContent!: string;
}
