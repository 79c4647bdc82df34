// Every decision has the same form, and the index lists each of them with its title, status and date.
import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

const FOLDER = 'docs/decisions/';
const INDEX = `${FOLDER}README.md`;
const AREAS = [
  'toolchain',
  'DNS',
  'allowlist',
  'API',
  'accounts',
  'privacy',
  'mail',
  'usage',
  'stores',
  'operation',
];
const FORM =
  /^# (\d{4}) (\S[^\n]*)\n\nStatus: ([^\n]+)\n{1,2}Date: (\d{4}-\d{2}-\d{2})\n\n## Context\n.+?\n## Decision\n.+?\n## Consequences\n\s*\S/s;
const STATUS = /^(?:accepted(?:, amended by \d{4}(?:, \d{4})*)?|superseded by \d{4})$/;

const names = repositoryFiles()
  .filter((path) => path.startsWith(FOLDER) && path.endsWith('.md') && path !== INDEX)
  .map((path) => path.slice(FOLDER.length))
  .sort();

/** What a decision states of itself; null when it does not have the form. */
function headOf(name: string) {
  const [, number, title, status, date] = FORM.exec(read(FOLDER + name)) ?? [];
  return number === undefined ? null : { number, title, status, date };
}

describe('the decisions', () => {
  it('all have the form that the index describes', () => {
    expect(names.filter((name) => headOf(name) === null)).toEqual([]);
  });

  it('have a number of their own, which begins the name of the file', () => {
    const numbers = names.map((name) => name.slice(0, 4));
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(names.filter((name) => !/^\d{4}(?:-[a-z0-9]+)+\.md$/.test(name))).toEqual([]);
    expect(names.filter((name) => headOf(name)?.number !== name.slice(0, 4))).toEqual([]);
  });

  it('have no other sections than context, decision and consequences', () => {
    const sections = names.map((name) =>
      [...read(FOLDER + name).matchAll(/^## (.*)$/gm)].map(([, it]) => it),
    );
    expect(
      names.filter((_, place) => sections[place]?.join() !== ['Context', 'Decision', 'Consequences'].join()),
    ).toEqual([]);
  });

  it('have a known status', () => {
    const statuses = names.map((name) => ({ name, status: headOf(name)?.status ?? '' }));
    expect(statuses.filter(({ status }) => !STATUS.test(status))).toEqual([]);
  });

  it('exist wherever code, tests or documents name one', () => {
    const numbers = new Set(names.map((name) => name.slice(0, 4)));
    const readers = repositoryFiles().filter((path) =>
      /^(?:src|test|bench|client|docs)\/.*\.(?:ts|md)$|^[A-Z]+\.md$/.test(path),
    );
    const named = readers.flatMap((path) =>
      [...read(path).matchAll(/(?:[Dd]ecisions? |amended by |superseded by )(\d{4})\b/g)].map(
        ([, number]) => ({
          path,
          number: number!,
        }),
      ),
    );
    expect(named.filter(({ number }) => !numbers.has(number))).toEqual([]);
  });

  it('are listed in the index in the order of their numbers, as they state themselves', () => {
    const rows = [...read(INDEX).matchAll(/^\| \[(\d{4})\]\(([^)]+)\) \|(.*)\|$/gm)].map(
      ([, number, file, rest]) => {
        const [title, status, date, area] = rest!.split(' | ').map((cell) => cell.trim());
        return { file, number, title, status, date, isKnownArea: AREAS.includes(area!) };
      },
    );
    expect(rows).toEqual(names.map((file) => ({ file, ...headOf(file), isKnownArea: true })));
  });

  it('have one line each in the index that is neither empty nor longer than a line', () => {
    const lines = [...read(INDEX).matchAll(/^\| \[\d{4}\].*\| ([^|]*) \|$/gm)].map(([, line]) => line!);
    expect(lines).toHaveLength(names.length);
    expect(lines.filter((line) => line.length < 20 || line.length > 120)).toEqual([]);
  });
});
