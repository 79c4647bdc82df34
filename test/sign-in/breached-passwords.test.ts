import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BreachedFile } from '../../src/services/sign-in/breached-file.js';
import { BreachedPasswords } from '../../src/services/sign-in/breached-passwords.js';

let folder: string;
const opened: BreachedFile[] = [];
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gateway-test-breached-'));
});
afterAll(async () => {
  await Promise.all(opened.map((file) => file.close()));
  await rm(folder, { recursive: true, force: true });
});

function sha1(password: string): string {
  return createHash('sha1').update(password).digest('hex').toUpperCase();
}

function lines(passwords: readonly string[], eol = '\n'): string {
  const counted = passwords.map((password, index) => `${sha1(password)}:${(index * 7919) % 1_000_003}`);
  return counted.sort().join(eol) + eol;
}

async function open(text: string): Promise<BreachedFile> {
  const path = join(folder, `${opened.length}.txt`);
  await writeFile(path, text);
  const file = await BreachedFile.open(path);
  opened.push(file);
  return file;
}

describe('the built-in list', () => {
  const breached = new BreachedPasswords();

  it('has what people choose most, in any case and Unicode form', async () => {
    for (const password of ['password', 'PassWord', 'ｐａｓｓｗｏｒｄ', '123456789987654321']) {
      expect(await breached.has(password)).toBe(true);
    }
  });

  it('does not have what contains such a password', async () => {
    for (const password of ['a long enough passphrase', 'password of my own making', '']) {
      expect(await breached.has(password)).toBe(false);
    }
  });
});

describe("an operator's file", () => {
  it('adds to the built-in list, in any case and Unicode form', async () => {
    const breached = new BreachedPasswords(await open(lines(['Correct Horse', 'tiger lily garden'])));
    for (const password of ['password', 'Correct Horse', 'Tiger Lily Garden', 'ｔiger lily garden']) {
      expect(await breached.has(password)).toBe(true);
    }
    expect(await breached.has('correct horse')).toBe(false);
  });

  it('answers for every line and for no other, in any size, with either end of line, with or without the last', async () => {
    const some = fc.tuple(fc.uniqueArray(fc.string(), { minLength: 1, maxLength: 60 }), fc.string());
    await fc.assert(
      fc.asyncProperty(
        some,
        fc.constantFrom('\n', '\r\n'),
        fc.boolean(),
        async ([passwords, other], eol, cut) => {
          const text = lines(passwords, eol);
          const file = await open(cut ? text.slice(0, -eol.length) : text);
          for (const password of passwords) expect(await file.has(password)).toBe(true);
          expect(await file.has(other)).toBe(passwords.includes(other));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('of many lines is searched in place', async () => {
    const passwords = Array.from({ length: 20_000 }, (_, index) => `password ${index}`);
    const file = await open(lines(passwords));
    for (const index of [0, 1, 9_999, 19_999]) expect(await file.has(`password ${index}`)).toBe(true);
    expect(await file.has('password 20000')).toBe(false);
  });

  it.each([
    ['is ordered by count', lines(['a', 'b', 'c', 'd']).split('\n').reverse().join('\n').trim()],
    ['has passwords in clear', 'password\n123456\n'],
    ['has a line without an end', `${'A'.repeat(40)}:1\n${'B'.repeat(4000)}`],
    ['is empty', ''],
  ])('is refused when it %s', async (_what, text) => {
    await expect(open(text)).rejects.toThrow(/^BREACHED_PASSWORDS: the lines are not SHA1:count/);
  });

  it('is refused when it cannot be read', async () => {
    await expect(BreachedFile.open(join(folder, 'nothing'))).rejects.toThrow(
      'BREACHED_PASSWORDS: the file cannot be read',
    );
    await expect(BreachedFile.open(folder)).rejects.toThrow('BREACHED_PASSWORDS: the file cannot be read');
  });
});
