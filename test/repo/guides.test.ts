import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { read, repositoryFiles } from './source-files.js';

const schema = buildSchema(read('schema.graphql'));

/** What a shell makes of the inside of double quotes. */
function unquoted(text: string): string {
  return text.replaceAll(/\\(["\\$`])/g, '$1');
}

/** The GraphQL documents in a guide's shell blocks: bodies of curl, and what `ask` (a mutation) and `read_api` (a query) get. */
function operationsIn(path: string): string[] {
  const blocks = [...read(path).matchAll(/^```sh\n(.*?)^```$/gms)].map(([, block]) => block!);
  return blocks.flatMap((block) => {
    // A variable between quotes of the shell stands for a value.
    const lines = block.replaceAll(/'"\$\w+"'/g, 'value').split('\n');
    return lines.flatMap((line) => {
      const body = unquoted(/ -d "(.*?[^\\])"/.exec(line)?.[1] ?? '') || / -d '(.*)'/.exec(line)?.[1] || '';
      const [, query] = /"query":("(?:\\.|[^"\\])*")/.exec(body) ?? [];
      const calls = [...line.matchAll(/\b(ask|read_api) (?:'([^']*)'|"((?:\\.|[^"\\])*)")/g)].map(
        ([, name, single, double]) => {
          const text = JSON.parse(`"${single ?? unquoted(double!)}"`) as string;
          return name === 'ask' ? `mutation { ${text} }` : `{ ${text} }`;
        },
      );
      return query === undefined || query.includes('{ $1 }')
        ? calls
        : [JSON.parse(query) as string, ...calls];
    });
  });
}

describe('the shell blocks of the guides', () => {
  it('ask for what the API has', () => {
    const guides = repositoryFiles().filter((path) => /^(?:README|docs\/guides\/.*)\.md$/.test(path));
    const asked = guides.flatMap((path) => operationsIn(path).map((text) => ({ path, text })));
    expect(asked.length).toBeGreaterThan(15);
    const wrong = asked.flatMap(({ path, text }) =>
      validate(schema, parse(text)).map(({ message }) => `${path}: ${message}`),
    );
    expect(wrong).toEqual([]);
  });
});
