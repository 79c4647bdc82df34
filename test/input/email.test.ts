import { randomUUID } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createDataSource } from '../../ormconfig.js';
import { AsciiEmailDomains1795916000000 } from '../../src/db/migrations/1795916000000-ascii-email-domains.js';
import { parseEmail } from '../../src/input/email.js';
import { freshDatabase } from '../support/stores/postgres.js';

describe('an e-mail address', () => {
  it.each([
    ['v@ｅｘａｍｐｌｅ.net', 'v@example.net'],
    ['v@𝐞xample.net', 'v@example.net'],
    ['V@EXAMPLE.NET', 'v@example.net'],
    [' v@example.net ', 'v@example.net'],
    ['x@münchen.example', 'x@xn--mnchen-3ya.example'],
    ['x@mu\u0308nchen.example', 'x@xn--mnchen-3ya.example'],
    ['x@MÜNCHEN.example', 'x@xn--mnchen-3ya.example'],
    ['x@XN--MNCHEN-3YA.example', 'x@xn--mnchen-3ya.example'],
    ['x@straße.example', 'x@xn--strae-oqa.example'],
    ['x@例え.テスト', 'x@xn--r8jz45g.xn--zckzah'],
  ])('%j has one form, whatever the spelling of its domain', (text, form) => {
    expect(parseEmail(text)).toBe(form);
    expect(parseEmail(form)).toBe(form);
  });

  it.each([
    ['ｖ@example.net', 'ｖ@example.net'],
    ['Jürgen+a.b@example.net', 'jürgen+a.b@example.net'],
    ['Ju\u0308rgen@example.net', 'jürgen@example.net'],
  ])('%j keeps its local part, but for case and composition', (text, form) => {
    expect(parseEmail(text)).toBe(form);
  });

  it.each([
    'v@example',
    'v@1.2.3.4',
    'v@0x7f.1',
    'v@１.２.３.４',
    'v@example.net.',
    'v@example.net:25',
    'v@example.net/x',
    'v@example.net?x',
    'v@exa%6dple.net',
    'v@exam\tple.net',
    'v@exam\u00adple.net',
    'v@exam\u200dple.net',
    'v@-a.example',
    `v@${'ü'.repeat(63)}.example`,
    '@example.net',
    'v@@example.net',
    '',
  ])('%j is none', (text) => {
    expect(parseEmail(text)).toBeNull();
  });

  it('may have 254 bytes as it is kept', () => {
    const domain = `${Array(3).fill('a'.repeat(61)).join('.')}.example`;
    const local = 'a'.repeat(254 - domain.length - 1);
    expect(parseEmail(`${local}@${domain}`)).toHaveLength(254);
    expect(parseEmail(`${local}a@${domain}`)).toBeNull();
  });
});

describe('the addresses of before', () => {
  it('get that form, and where two accounts have one mailbox, both stay', async () => {
    const database = await freshDatabase();
    const source = await createDataSource(database.url).initialize();
    onTestFinished(async () => {
      await source.destroy();
      await database.drop();
    });
    const migration = new AsciiEmailDomains1795916000000();
    const account = async (email: string) => {
      const id = randomUUID();
      await source.query(
        `INSERT INTO account (id, email, password_hash, role, country) VALUES ($1, $2, 'hash', 'user', 'DE')`,
        [id, email],
      );
      return id;
    };
    const ids = [
      await account('a@münchen.example'),
      await account('b@ｅｘａｍｐｌｅ.net'),
      await account('b@example.net'),
      await account('jürgen@example.net'),
    ];
    const day = '2027-01-01';
    await source.query(
      `INSERT INTO sign_up (id, email, password_hash, locale, country, expires_on) VALUES ($1, 's@münchen.example', 'hash', 'de', 'DE', $2)`,
      [randomUUID(), day],
    );
    await source.query(
      `INSERT INTO password_reset (id, email, expires_on) VALUES ($1, 'p@münchen.example', $2)`,
      [randomUUID(), day],
    );
    await source.query(
      `INSERT INTO email_change (id, account_id, new_email, expires_on) VALUES ($1, $2, 'n@münchen.example', $3)`,
      [randomUUID(), ids[0], day],
    );
    const runner = source.createQueryRunner();
    // Once more, as after a gateway that ended in the middle: it changes nothing then.
    await migration.up(runner);
    await migration.up(runner);
    await runner.release();
    const emails = await source.query('SELECT email FROM account ORDER BY array_position($1, id)', [ids]);
    expect(emails.map(({ email }: { email: string }) => email)).toEqual([
      'a@xn--mnchen-3ya.example',
      'b@ｅｘａｍｐｌｅ.net',
      'b@example.net',
      'jürgen@example.net',
    ]);
    const waiting = await source.query(
      'SELECT email FROM sign_up UNION ALL SELECT email FROM password_reset UNION ALL SELECT new_email FROM email_change',
    );
    expect(waiting.map(({ email }: { email: string }) => email)).toEqual([
      's@xn--mnchen-3ya.example',
      'p@xn--mnchen-3ya.example',
      'n@xn--mnchen-3ya.example',
    ]);
  });
});
