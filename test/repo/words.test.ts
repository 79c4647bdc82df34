// Retired words stay out of the code, the API, its messages, the tests and the documents.
import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

interface RetiredWord {
  readonly word: RegExp;
  /** What to write in its place. docs/glossary.md has the meaning of each term. */
  readonly instead: string;
  /** Where the word is retired; everywhere by default. */
  readonly within?: RegExp;
  /** Files in which the word has another sense, or is quoted, with the reason. */
  readonly allowed?: Readonly<Record<string, string>>;
}

/** What people read who did not write it: code, API, commands and documents. */
const PRODUCT = /^(?:src|client|docs|deploy|scripts|schema\.graphql|README\.md|CONTRIBUTING\.md)/;

const RETIRED: readonly RetiredWord[] = [
  { word: /\boctets?\b(?!-stream)/i, instead: 'byte' },
  { word: /\b(?:the )?gates?\b/i, instead: 'access control' },
  { word: /\blongAnswers\b/, instead: 'large responses' },
  { word: /\bCOLD\b|\bcold names?\b/, instead: 'cache miss' },
  { word: /\bunprove[dn]\b/i, instead: 'cookie required' },
  { word: /\bprov(?:e|es|ed|en) (?:its|their) sources?\b/i, instead: 'source validation, validated' },
  { word: /\bonRefresh\b|\brefreshed ahead\b/i, instead: 'prefetch' },
  { word: /\bportable transport\b/i, instead: 'fallback transport' },
  { word: /\btruth values?\b/i, instead: 'a boolean' },
  { word: /\bknown no more\b/i, instead: 'was revoked' },
  { word: /\b(?:good for|worth) nothing\b/i, instead: 'stops working, invalid' },
  { word: /\bgood once\b/i, instead: 'single-use' },
  { word: /\bwhoever\b/i, instead: 'anyone who, a client that' },
  { word: /\banew\b/i, instead: 'again' },
  { word: /\blisted (?:source|client)s?\b/i, instead: 'allowed client' },
  { word: /\bshut out\b/i, instead: 'revoked' },
  { word: /\bone secret\b/i, instead: 'installation key' },
  { word: /\bkept[- ]?data\b/i, instead: 'data inventory' },
  { word: /\blapse[sd]?\b/i, instead: 'expire' },
  { word: /\bNull of\b/, instead: 'Null when …' },
  { word: /\bhears?\b/i, instead: 'is notified of', within: PRODUCT },
  { word: /\btells\b|\b(?:is|are) told\b/i, instead: 'returns, reports, notifies', within: PRODUCT },
  {
    word: /\bfaults?\b(?![ -](?:injection|drill))/i,
    instead: 'UserError, ConfigError, socket error …: by what it is',
    within: PRODUCT,
  },
];

/** Files whose wording is fixed: other people's, the past's, or the list of retired words itself. */
const FIXED = [
  /^CHANGELOG\.md$/,
  /^docs\/glossary\.md$/,
  /^docs\/decisions\//,
  /^policy\/.*\.(?:md|txt|html)$/,
  /^src\/db\/migrations\//,
  /^schema\.released\.graphql$/,
  /^test\/repo\/words\.test\.ts$/,
  /(?:^|\/)package-lock\.json$/,
];

const TEXT = /\.(?:ts|mjs|js|json|ya?ml|md|graphql|sh|sql|conf|service|env|txt|toml|cfg)$|\/[^.]+$/;

/** The lines of each file. */
const texts = repositoryFiles()
  .filter((path) => TEXT.test(path) && !FIXED.some((pattern) => pattern.test(path)))
  .map((path) => ({ path, lines: read(path).split('\n') }));

/** `path:line: “word”: write …` of each use of a retired word. */
function uses({ word, instead, within = /^/, allowed = {} }: RetiredWord): string[] {
  return texts
    .filter(({ path }) => within.test(path) && !(path in allowed))
    .flatMap(({ path, lines }) =>
      lines.flatMap((line, index) => {
        const match = word.exec(line);
        return match === null ? [] : [`${path}:${index + 1}: “${match[0]}”: write “${instead}”`];
      }),
    );
}

describe('a retired word is used nowhere', () => {
  it.each(RETIRED.map((entry) => [entry.word.source, entry] as const))('%s', (_, entry) => {
    expect(uses(entry)).toEqual([]);
  });
});
