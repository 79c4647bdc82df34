// Writes the domains of e-mail addresses in A-labels (decision 0039), as all that come now are.
import { domainToASCII } from 'node:url';
import type { MigrationInterface, QueryRunner } from 'typeorm';

interface Row {
  readonly id: string;
  readonly email: string;
}

export class AsciiEmailDomains1795916000000 implements MigrationInterface {
  async up(queryRunner: QueryRunner): Promise<void> {
    const changed = async (table: string, column: string) => {
      const rows: Row[] = await queryRunner.query(
        `SELECT id, ${column} AS email FROM ${table} WHERE ${column} ~ '@.*[^ -~]' ORDER BY ${column} COLLATE "C"`,
      );
      return rows.map(({ id, email }) => ({ id, email: inAscii(email) })).filter(isRow);
    };
    for (const { id, email } of await changed('account', 'email')) {
      // Where two accounts have one mailbox, the second stays as it is: which of them is wanted, only its owner can say.
      await queryRunner.query(
        'UPDATE account SET email = $2 WHERE id = $1 AND NOT EXISTS (SELECT FROM account WHERE email = $2)',
        [id, email],
      );
    }
    for (const [table, column] of [
      ['sign_up', 'email'],
      ['password_reset', 'email'],
      ['email_change', 'new_email'],
    ] as const) {
      for (const { id, email } of await changed(table, column)) {
        await queryRunner.query(`UPDATE ${table} SET ${column} = $2 WHERE id = $1`, [id, email]);
      }
    }
  }

  /** How a domain was written is not kept; both spellings are one domain. */
  async down(): Promise<void> {}
}

/** Null when the domain has no form in ASCII. */
function inAscii(email: string): string | null {
  const at = email.lastIndexOf('@');
  const domain = domainToASCII(email.slice(at + 1));
  return domain === '' ? null : `${email.slice(0, at)}@${domain}`;
}

function isRow(row: { id: string; email: string | null }): row is Row {
  return row.email !== null;
}
