// Reads what a raid left behind for times and for orders: who did something when, and who came first.
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Somebody, by all that names them in a store. */
export interface Person {
  readonly name: string;
  readonly marks: readonly Buffer[];
}

/** Milliseconds since the epoch. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

/** A time inside the span, and who stands beside it. */
export interface Moment {
  /** Below the folder. */
  readonly file: string;
  readonly form: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  readonly people: readonly string[];
}

/** A commit stands so many bytes behind the rows that it is about, at most: two pages and what is around them. */
const NEARNESS = 24 * 1024;
/** In larger files, any four bytes are a second of the span by chance. */
const SMALL_FILE = 1024 * 1024;
const POSTGRES_EPOCH = Date.UTC(2000, 0);

/** An account: its id as text and as bytes, its e-mail address, and the digest by which its changes are announced. */
export function personOf(account: { id: string; email: string }, more: readonly string[] = []): Person {
  const topic = createHash('sha1').update(`account:${account.id}`).digest('hex');
  const texts = [account.id, account.email, topic, ...more];
  const id = Buffer.from(account.id.replaceAll('-', ''), 'hex');
  return { name: account.email, marks: [...texts.map((text) => Buffer.from(text)), id] };
}

/** Every time inside the span that stands in a file, or is the time of a file that names somebody. */
export function readMoments(folder: string, people: readonly Person[], span: Span): Moment[] {
  return filesBelow(folder).flatMap((file) => {
    const content = contentOf(join(folder, file));
    if (content === null) return [];
    const marks = marksIn(content, people);
    const inside = [...numbersIn(content, span), ...textsIn(content, span)].map(({ at, form, place }) => ({
      file,
      form,
      at,
      people: namesNear(marks, place),
    }));
    return [
      ...inside,
      ...timesOf(join(folder, file), span).map((time) => ({ file, people: names(marks), ...time })),
    ].filter(({ form, people: named }) => !form.startsWith('time of the file') || named.length > 0);
  });
}

/** The people by the place of their first mark in each file that names all of them: that order, without repetition. */
export function readPlaces(folder: string, people: readonly Person[], within: RegExp): string[][] {
  const files = filesBelow(folder).filter((file) => within.test(file));
  return files.flatMap((file) => {
    const content = contentOf(join(folder, file));
    if (content === null) return [];
    const firsts = people.flatMap(({ name, marks }) => {
      const places = marks.map((mark) => content.indexOf(mark)).filter((place) => place >= 0);
      return places.length === 0 ? [] : [{ name, place: Math.min(...places) }];
    });
    if (firsts.length < people.length) return [];
    return [firsts.sort((one, other) => one.place - other.place).map(({ name }) => name)];
  });
}

interface Mark {
  readonly name: string;
  readonly place: number;
}

function marksIn(content: Buffer, people: readonly Person[]): Mark[] {
  return people.flatMap(({ name, marks }) =>
    marks.flatMap((mark) => {
      const found: Mark[] = [];
      for (let at = content.indexOf(mark); at >= 0; at = content.indexOf(mark, at + 1))
        found.push({ name, place: at });
      return found;
    }),
  );
}

const names = (marks: readonly Mark[]) => [...new Set(marks.map(({ name }) => name))];

function namesNear(marks: readonly Mark[], place: number): string[] {
  return names(marks.filter((mark) => Math.abs(mark.place - place) <= NEARNESS));
}

interface Found {
  readonly form: string;
  readonly at: number;
  readonly place: number;
}

/** Units in which computers count time, in numbers of eight bytes. */
const UNITS = [
  { form: 'milliseconds', ofMs: (ms: number) => BigInt(ms), toMs: (value: bigint) => Number(value) },
  {
    form: 'microseconds',
    ofMs: (ms: number) => BigInt(ms) * 1000n,
    toMs: (value: bigint) => Number(value / 1000n),
  },
  {
    form: 'nanoseconds',
    ofMs: (ms: number) => BigInt(ms) * 1_000_000n,
    toMs: (value: bigint) => Number(value / 1_000_000n),
  },
  {
    form: 'microseconds of Postgres',
    ofMs: (ms: number) => BigInt(ms - POSTGRES_EPOCH) * 1000n,
    toMs: (value: bigint) => Number(value / 1000n) + POSTGRES_EPOCH,
  },
];

function* numbersIn(content: Buffer, { from, to }: Span): Generator<Found> {
  const ranges = UNITS.map((unit) => ({ ...unit, first: unit.ofMs(from), last: unit.ofMs(to) }));
  const highWords = new Set(ranges.flatMap(({ first, last }) => [Number(first >> 32n), Number(last >> 32n)]));
  const seconds = { first: Math.floor(from / 1000), last: Math.floor(to / 1000) };
  const isSecond = (value: number) => value >= seconds.first && value <= seconds.last;
  for (let place = 0; place + 8 <= content.length; place += 1) {
    const [little, big] = [content.readUInt32LE(place), content.readUInt32BE(place)];
    if (isSecond(little) && (content.length <= SMALL_FILE || content.readUInt32LE(place + 4) === 0)) {
      yield { form: 'seconds', at: little * 1000, place };
    }
    if (
      isSecond(big) &&
      (content.length <= SMALL_FILE || (place >= 4 && content.readUInt32BE(place - 4) === 0))
    ) {
      yield { form: 'seconds, in the order of networks', at: big * 1000, place };
    }
    if (highWords.has(big))
      yield* inRange(content.readBigUInt64BE(place), ', in the order of networks', place);
    if (place >= 4 && highWords.has(little))
      yield* inRange(content.readBigUInt64LE(place - 4), '', place - 4);
    yield* uuidAt(content, place, { from, to });
  }

  function* inRange(value: bigint, order: string, place: number): Generator<Found> {
    for (const { form, first, last, toMs } of ranges) {
      if (value >= first && value <= last) yield { form: form + order, at: toMs(value), place };
    }
  }
}

/** RFC 9562, section 5.7: 48 bits of milliseconds, then the version. */
function* uuidAt(content: Buffer, place: number, { from, to }: Span): Generator<Found> {
  if (content[place + 6]! >> 4 !== 7) return;
  const at = content.readUIntBE(place, 6);
  if (at >= from && at <= to) yield { form: 'UUID of version 7', at, place };
}

function* textsIn(content: Buffer, { from, to }: Span): Generator<Found> {
  const text = content.toString('latin1');
  const digits = [
    { length: 10, ms: (value: string) => Number(value) * 1000 },
    { length: 13, ms: Number },
    { length: 16, ms: (value: string) => Number(value) / 1000 },
  ];
  for (const match of text.matchAll(/\d{10,}/g)) {
    for (const { length, ms } of digits) {
      if (match[0].length !== length) continue;
      const at = ms(match[0]);
      if (at >= from - 1000 && at <= to) yield { form: `${length} digits`, at, place: match.index };
    }
  }
  for (const match of text.matchAll(/(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)/g)) {
    const at = Date.parse(`${match[1]}T${match[2]}Z`);
    if (at >= from - 1000 && at <= to) yield { form: 'text', at, place: match.index };
  }
  for (const match of text.matchAll(/([0-9a-f]{8})-([0-9a-f]{4})-7[0-9a-f]{3}-/g)) {
    const at = Number.parseInt(match[1]! + match[2]!, 16);
    if (at >= from && at <= to) yield { form: 'text of a UUID of version 7', at, place: match.index };
  }
}

/** The times that the file system has of the file itself. */
function timesOf(path: string, { from, to }: Span): { form: string; at: number }[] {
  const { mtimeMs, ctimeMs, birthtimeMs } = statSync(path);
  return Object.entries({ written: mtimeMs, changed: ctimeMs, made: birthtimeMs })
    .filter(([, at]) => at >= from && at <= to)
    .map(([what, at]) => ({ form: `time of the file: ${what}`, at }));
}

/** Null when it has gone meanwhile: a running product replaces files. */
function contentOf(path: string): Buffer | null {
  try {
    return readFileSync(path);
  } catch {
    return null;
  }
}

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
    statSync(join(folder, file), { throwIfNoEntry: false })?.isFile(),
  );
}
