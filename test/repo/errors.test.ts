import { describe, expect, it } from 'vitest';
import { ERROR_CODES, USER_ERRORS } from '../../src/lib/error-codes.js';

import { read, repositoryFiles } from './source-files.js';

describe('the codes of errors', () => {
  it('are those that the sources name, and no other', () => {
    const sources = repositoryFiles().filter((path) =>
      /^src\/(?:http|graphql|schema|resolvers)\/.*\.ts$/.test(path),
    );
    const elsewhere = ['src/http/rights/drp.ts'];
    const named = sources
      .filter((path) => !elsewhere.includes(path))
      .flatMap((path) =>
        [...read(path).matchAll(/'([A-Z]+(?:_[A-Z]+)+|UNAUTHENTICATED|FORBIDDEN)'/g)].map(
          ([, code]) => code!,
        ),
      );
    const inClient = /coded\('([A-Z_]+)'/g;
    const ofClient = ['client/errors.ts', 'client/subscriptions.ts'].flatMap((path) =>
      [...read(path).matchAll(inClient)].map(([, code]) => code!),
    );
    const document = read('docs/reference/errors.md');
    const written = (code: string) => document.includes(`| \`${code}\` |`);
    expect(ofClient.length).toBeGreaterThan(3);
    expect(ofClient.filter((code) => !written(code))).toEqual([]);
    expect(Object.keys(ERROR_CODES).filter((code) => !named.includes(code) && !fromLibrary(code))).toEqual(
      [],
    );
    const inExtensions = sources
      .filter((path) => !elsewhere.includes(path))
      .flatMap((path) => [...read(path).matchAll(/code: '([A-Z_]+)'/g)].map(([, code]) => code!));
    expect(inExtensions.filter((code) => !(code in ERROR_CODES) && !(code in USER_ERRORS))).toEqual([]);
  });

  /** Apollo Server gives it. */
  function fromLibrary(code: string): boolean {
    return code === 'OPERATION_RESOLUTION_FAILURE';
  }
});
