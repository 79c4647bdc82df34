// The table `rights_export_part`: the bytes of a data export, sealed.
import { Check, Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import { RightsExport } from './rights-export.js';

@Entity('rights_export_part')
@Check('rights_export_part_number_check', `number BETWEEN 0 AND 1000000`)
@Check('rights_export_part_sealed_content_check', `sealed_content ~ '^[A-Za-z0-9_-]+$'`)
export class RightsExportPart {
  @ForeignKey(() => RightsExport, 'requestId', {
    onDelete: 'CASCADE',
    name: 'rights_export_part_request_id_fkey',
  })
  @PrimaryColumn({ type: 'uuid', name: 'request_id', primaryKeyConstraintName: 'rights_export_part_pkey' })
  requestId!: string;

  /** From 0, in their order. */
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'rights_export_part_pkey' })
  number!: number;

  @Column({ type: 'text', name: 'sealed_content' })
  sealedContent!: string;
}
