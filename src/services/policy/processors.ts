// The register of processors: who gets which data and why. Everything that is sent to a processor is checked here first, and a
// field that the register does not list is not sent.

import { z } from 'zod';
import type { ConsentPurpose } from '../../entities/consent/consent.js';
import type { Locale } from '../../lib/locale.js';
import { readPolicyFile } from '../../lib/policy-file.js';

const PLATFORMS = [
  'windows',
  'macos',
  'linux',
  'ios',
  'android',
  'browser-extension',
  'website',
  'gateway',
] as const;
export type Platform = (typeof PLATFORMS)[number];

/** The purposes that a processor may require consent for. */
const CONSENTS = [
  'diagnostics',
  'analytics-cookies',
  'advertising-cookies',
] as const satisfies ConsentPurpose[];

const text = z.string().min(1, 'must not be empty');
const page = z.url({ protocol: /^https$/, error: 'must be a URL that starts with https://' }).nullable();

/** The texts about a processor that people read. */
const words = z.strictObject({ name: text, owner: text, purpose: text });

/** Whose data a processor may get: everybody's, or that of people who pay, consent, have registered an address, or act through an
 * agent. */
const GIVEN_TO = ['everyone', 'payers', 'consenting', 'media-streamer', 'agents'] as const;

const processorsFile = z.array(
  z.strictObject({
    id: z
      .string()
      .regex(
        /^[a-z0-9]+(?:-[a-z0-9]+)*$/,
        'must be lower-case letters and digits, with single hyphens between',
      ),
    name: text,
    owner: text,
    purpose: text,
    fields: z.array(z.strictObject({ name: text, description: text })).min(1, 'must list at least one field'),
    platforms: z.array(z.enum(PLATFORMS)).min(1, 'must list at least one platform'),
    consent: z.enum(CONSENTS).nullable(),
    privacyPolicyUrl: page,
    optOutUrl: page,
    otherOptOuts: z
      .array(
        z.strictObject({
          url: z.url({ protocol: /^https$/, error: 'must be a URL that starts with https://' }),
          text: z.strictObject({ en: text, de: text, es: text }),
        }),
      )
      .optional(),
    in: z.strictObject({ de: words, es: words }),
    givenTo: z.enum(GIVEN_TO),
    outside: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be a code of ISO 3166-1 alpha-2')
      .nullable(),
    erasure: z
      .strictObject({
        identifier: z.literal('paymentReference', 'must be "paymentReference"'),
        email: z.email('must be an e-mail address').nullable(),
      })
      .nullable(),
  }),
);

export interface Processor {
  /** Short and stable. */
  readonly id: string;
  readonly name: string;
  /** The company that is responsible for it. */
  readonly owner: string;
  readonly purpose: string;
  /** A name is a path: `headers.Date` is the field `Date` of the object `headers`. */
  readonly fields: readonly { readonly name: string; readonly description: string }[];
  /** Which of our software sends data to it. */
  readonly platforms: readonly Platform[];
  /** The purpose that the person must have consented to; null when the service needs the processor. */
  readonly consent: ConsentPurpose | null;
  readonly privacyPolicyUrl: string | null;
  readonly optOutUrl: string | null;
  /** Further ways to opt out, such as those of an industry or of a device. Absent: none. */
  readonly otherOptOuts?:
    | readonly { readonly url: string; readonly text: Readonly<Record<'en' | 'de' | 'es', string>> }[]
    | undefined;
  /** The same words in the other languages. */
  readonly in: Readonly<
    Record<Exclude<Locale, 'en'>, Readonly<Pick<Processor, 'name' | 'owner' | 'purpose'>>>
  >;
  /** Whose data it may get. */
  readonly givenTo: (typeof GIVEN_TO)[number];
  /**
   * Outside the European Economic Area: the country (ISO 3166-1 alpha-2) where it works with data, under the standard
   * contractual clauses (GDPR, Article 46(2)(c)).
   */
  readonly outside: string | null;
  /**
   * How to notify it that a person is erased: the field by which it knows the person, and its address; without one the data
   * protection officer passes the notice on. Null when it keeps nothing by which it knows a person.
   */
  readonly erasure: { readonly identifier: 'paymentReference'; readonly email: string | null } | null;
}

/** The register does not list a field that was about to be sent. `field` is its path of names, never a value. */
export class UnlistedField extends Error {
  override readonly name = 'UnlistedField';
  readonly code = 'UNLISTED_FIELD';

  constructor(
    readonly processor: string,
    readonly field: string,
  ) {
    super(`the register of processors does not list the field ${field} for ${processor}`);
  }
}

/** The register has no processor of this id. */
export class UnknownProcessor extends Error {
  override readonly name = 'UnknownProcessor';
  readonly code = 'UNKNOWN_PROCESSOR';

  constructor() {
    super('the register of processors has no such processor');
  }
}

export class ProcessorRegister {
  private readonly fields: ReadonlyMap<string, ReadonlySet<string>>;

  constructor(readonly processors: readonly Processor[]) {
    this.fields = new Map(
      processors.map(({ id, fields }) => [id, new Set(fields.map(({ name }) => name))] as const),
    );
  }

  /**
   * Returns the payload if the register lists each of its fields for the processor. Items of a list count as fields of the
   * list's name; undefined values are not sent and not checked. Throws UnlistedField or UnknownProcessor.
   */
  permitted<T extends object>(processor: string, payload: T): T {
    const listed = this.fields.get(processor);
    if (listed === undefined) throw new UnknownProcessor();
    const unlisted = pathsOf(payload, '').find((path) => !listed.has(path));
    if (unlisted !== undefined) throw new UnlistedField(processor, unlisted);
    return payload;
  }
}

/** Processors that know a person by a reference, and are notified when the person is erased. */
export function toBeTold({ processors }: ProcessorRegister): readonly Processor[] {
  return processors.filter(({ erasure }) => erasure !== null);
}

/** The paths of all fields whose values are not objects of fields. */
function pathsOf(value: unknown, path: string): string[] {
  if (value === undefined) return [];
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, path));
  if (!isFieldSet(value)) return [path];
  return Object.entries(value).flatMap(([name, inner]) =>
    pathsOf(inner, path === '' ? name : `${path}.${name}`),
  );
}

/** Dates, bytes and the like are values. */
function isFieldSet(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Throws PolicyFileError with every error of the register. */
export async function loadProcessors(path: string): Promise<ProcessorRegister> {
  const processors = await readPolicyFile(path, processorsFile, (list) =>
    list.flatMap(({ id }, index) => {
      const first = list.findIndex((each) => each.id === id);
      return first === index ? [] : [`[${index}].id: "${id}" is already at [${first}]`];
    }),
  );
  return new ProcessorRegister(processors);
}
