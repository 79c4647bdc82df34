// The glossary has one entry for each term, and settles no word that it retires elsewhere.
import { describe, expect, it } from 'vitest';
import { read } from './source-files.js';

const rows = [...read('docs/glossary.md').matchAll(/^\| (.+?) \| (.+) \| (.+) \| (.+) \|$/gm)]
  .map(([, terms, meaning, source, retired]) => ({
    terms: terms!,
    meaning: meaning!,
    source: source!,
    retired: retired!,
  }))
  .filter(({ terms }) => terms !== 'term' && terms !== '---');

/** The words of a cell, without what stands in brackets. */
const words = (cell: string) =>
  cell
    .replace(/\([^)]*\)/g, '')
    .split(', ')
    .map((word) => word.trim())
    .filter((word) => word !== '' && word !== '–');

describe('the glossary', () => {
  it('has entries with a meaning in sentences and a source', () => {
    expect(rows.length).toBeGreaterThan(150);
    expect(rows.filter(({ meaning, source }) => !meaning.endsWith('.') || source.trim() === '')).toEqual([]);
  });

  it('has each term once', () => {
    const terms = rows.flatMap((row) => words(row.terms));
    expect(terms.filter((term, place) => terms.indexOf(term) !== place)).toEqual([]);
  });

  it('retires no word that is a term', () => {
    const terms = new Set(rows.flatMap((row) => words(row.terms)));
    expect(rows.flatMap((row) => words(row.retired)).filter((word) => terms.has(word))).toEqual([]);
  });
});
