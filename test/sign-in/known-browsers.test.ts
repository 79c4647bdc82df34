import { describe, expect, it } from 'vitest';
import { daysAfter, today } from '../../src/lib/calendar.js';
import { Keyring } from '../../src/secrets/keyring.js';
import { KnownBrowsers } from '../../src/services/sign-in/known-browsers.js';

const ANNA = 'anna@example.com';
const BERT = 'bert@example.com';
const browsers = new KnownBrowsers(new Keyring(Buffer.alloc(32, 7)));

describe('the cookie of a known browser', () => {
  it('stands for the e-mail address that signed in, and for no other', () => {
    const { value } = browsers.remember(null, ANNA);
    expect(browsers.find(value, ANNA)).toMatch(/^[\w-]{22}$/);
    expect(browsers.find(value, BERT)).toBeNull();
    expect(browsers.find(value, null)).toBeNull();
  });

  it('is another one in each browser, and keeps its count when somebody signs in again', () => {
    const first = browsers.remember(null, ANNA);
    const again = browsers.remember(first.value, ANNA);
    const elsewhere = browsers.remember(null, ANNA);
    const idOf = ({ value }: { value: string }) => browsers.find(value, ANNA);
    expect(again.value).not.toBe(first.value);
    expect(idOf(again)).toBe(idOf(first));
    expect(idOf(elsewhere)).not.toBe(idOf(first));
  });

  it('knows the four accounts that signed in last', () => {
    const people = ['a', 'b', 'c', 'd', 'e'].map((name) => `${name}@example.com`);
    const value = people.reduce<string | null>(
      (cookie, email) => browsers.remember(cookie, email).value,
      null,
    );
    expect(people.map((email) => browsers.find(value, email) !== null)).toEqual([
      false,
      true,
      true,
      true,
      true,
    ]);
  });

  it('ends at a midnight 90 days away, and opens nothing then', () => {
    const { expires } = browsers.remember(null, ANNA);
    expect(expires.toISOString()).toBe(`${daysAfter(today(), 90)}T00:00:00.000Z`);
    const old = browsers.remember(null, ANNA, daysAfter(today(), -91));
    expect(browsers.find(old.value, ANNA)).toBeNull();
  });

  it('says nothing of the person, and cannot be made up', () => {
    const { value } = browsers.remember(null, ANNA);
    const bytes = Buffer.from(value, 'base64url').toString('latin1');
    for (const text of [value, bytes]) expect(text).not.toMatch(/anna|example|\[\{/);
    const others = new KnownBrowsers(new Keyring(Buffer.alloc(32, 8)));
    for (const made of ['', 'x', '[]', others.remember(null, ANNA).value, `${value}A`]) {
      expect(browsers.find(made, ANNA)).toBeNull();
      expect(browsers.find(browsers.remember(made, BERT).value, BERT)).not.toBeNull();
    }
  });
});
