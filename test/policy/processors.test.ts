import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { processorsFile } from '../../src/config/policy.js';
import { PolicyFileError } from '../../src/lib/policy-file.js';
import {
  loadProcessors,
  ProcessorRegister,
  UnknownProcessor,
  UnlistedField,
} from '../../src/services/policy/processors.js';

const FIELDS = ['to', 'text', 'headers.Date', 'attachment', 'rows.total'];
const WORDS = { name: 'Relay', owner: 'Somebody', purpose: 'A test.' };
const register = new ProcessorRegister([
  {
    id: 'relay',
    name: 'Relay',
    owner: 'Somebody',
    purpose: 'A test.',
    fields: FIELDS.map((name) => ({ name, description: name })),
    platforms: ['gateway'],
    consent: null,
    privacyPolicyUrl: null,
    optOutUrl: null,
    erasure: null,
    in: { de: WORDS, es: WORDS },
    givenTo: 'everyone',
    outside: null,
  },
]);

function refusalOf(payload: object, processor = 'relay'): unknown {
  try {
    register.permitted(processor, payload);
  } catch (error) {
    return error;
  }
  return null;
}

describe('what may be sent to a processor', () => {
  it('is the payload itself when every field is listed', () => {
    const payload = {
      to: ['ada@example.com', 'bob@example.com'],
      text: '',
      headers: { Date: new Date(0) },
      attachment: Buffer.from('x'),
      rows: [{ total: 1 }, { total: 2 }],
      html: undefined,
    };
    expect(register.permitted('relay', payload)).toBe(payload);
    expect(refusalOf({})).toBeNull();
  });

  it.each([
    ['a field', { to: 'x', cc: 'ada@example.com' }, 'cc'],
    ['a field that is null', { name: null }, 'name'],
    ['a field inside a listed one', { headers: { Date: 'x', Subject: 'x' } }, 'headers.Subject'],
    ['a field with fields where a value is listed', { to: { name: 'Ada', address: 'x' } }, 'to.name'],
    ['a field of an object in a list', { rows: [{ total: 1 }, { total: 1, email: 'x' }] }, 'rows.email'],
    ['a list in a list', { rows: [[{ secret: 1 }]] }, 'rows.secret'],
    ['a value where fields are listed', { headers: 'Date: x' }, 'headers'],
    ['a field without a prototype', Object.assign(Object.create(null), { bcc: 'x' }), 'bcc'],
    ['bytes where fields are listed', { headers: Buffer.from('x') }, 'headers'],
  ])('is not %s that the register does not list', (_what, payload, field) => {
    const refusal = refusalOf(payload);
    expect(refusal).toBeInstanceOf(UnlistedField);
    expect(refusal).toMatchObject({ processor: 'relay', field });
  });

  it('is nothing for a processor that is not in the register', () => {
    expect(refusalOf({ to: 'x' }, 'stranger')).toBeInstanceOf(UnknownProcessor);
    expect(refusalOf({}, 'constructor')).toBeInstanceOf(UnknownProcessor);
  });

  it('is refused with an error that does not contain the data', () => {
    const { message, code } = refusalOf({ cc: 'ada@example.com' }) as UnlistedField;
    expect(`${message} ${code}`).not.toContain('ada');
  });
});

describe('the register that is shipped', () => {
  it('lists the processors of the privacy policy by platform, and our own', async () => {
    const { processors } = await loadProcessors(processorsFile);
    const by = (platform: string) =>
      processors.filter(({ platforms }) => platforms.includes(platform as never)).map(({ id }) => id);
    expect(by('windows')).toEqual(['sentry']);
    expect(by('macos')).toEqual(['sentry', 'firebase-crashlytics']);
    expect(by('linux')).toEqual(['sentry']);
    expect(by('ios')).toEqual(expect.arrayContaining(['firebase-crashlytics', 'apple']));
    expect(by('android')).toEqual(expect.arrayContaining(['firebase-crashlytics']));
    expect(by('browser-extension')).toEqual(['google-analytics-extensions']);
    expect(by('website')).toEqual(['payment', 'google-analytics', 'google-ads']);
    expect(by('gateway')).toEqual(['mail-delivery', 'dns-upstreams', 'drp-agents']);
  });

  it('gives a third party nothing without consent, except what a purchase, a lookup or an agent’s request needs', async () => {
    const { processors } = await loadProcessors(processorsFile);
    const free = processors.filter(({ consent }) => consent === null).map(({ id }) => id);
    expect(free).toEqual(['mail-delivery', 'payment', 'dns-upstreams', 'drp-agents']);
  });
});

describe('a register that someone has edited', () => {
  it('is refused with every error and its place', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'processors-'));
    const file = join(folder, 'processors.json');
    const good = {
      id: 'relay',
      name: 'Relay',
      owner: 'Somebody',
      purpose: 'A test.',
      fields: [{ name: 'to', description: 'Whom.' }],
      platforms: ['gateway'],
      consent: null,
      privacyPolicyUrl: null,
      optOutUrl: null,
      erasure: null,
      in: { de: WORDS, es: WORDS },
      givenTo: 'everyone',
      outside: null,
    };
    const errorsOf = async (content: unknown) => {
      await writeFile(file, JSON.stringify(content));
      const error = await loadProcessors(file).catch((reason: unknown) => reason);
      return error instanceof PolicyFileError ? error.errors : error;
    };
    const { purpose: _, ...aimless } = good;
    expect(
      await errorsOf([{ ...aimless, fields: [], platforms: [], privacyPolicyUrl: 'http://x.example' }]),
    ).toEqual([
      'processors.json: [0].purpose: is missing',
      'processors.json: [0].fields: must list at least one field',
      'processors.json: [0].platforms: must list at least one platform',
      'processors.json: [0].privacyPolicyUrl: must be a URL that starts with https://',
    ]);
    expect(await errorsOf([good, good])).toEqual(['processors.json: [1].id: "relay" is already at [0]']);
    await rm(folder, { recursive: true });
  });
});
