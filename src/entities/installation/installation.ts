// The table `installation`: one row about the installation as a whole.
import { Check, Column, Entity, PrimaryColumn } from 'typeorm';

@Entity('installation')
@Check('installation_id_check', 'id = 1')
export class Installation {
  @PrimaryColumn({ type: 'integer', primaryKeyConstraintName: 'installation_pkey' })
  id!: number;

  /** What shows whether a SECRET_KEY is the one of this installation; null until the first start. */
  @Column({ type: 'text', name: 'key_check', nullable: true })
  keyCheck!: string | null;

  /** The day of the last background work that deletes; null before the first. */
  @Column({ type: 'date', name: 'worked_on', nullable: true })
  workedOn!: string | null;
}
