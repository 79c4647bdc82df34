// The cookies that an answer sets, taken apart.
import type { GraphqlAnswer } from './graphql-client.js';

export interface SetCookie {
  readonly name: string;
  readonly value: string;
  /** Names in lower case. */
  readonly attributes: Readonly<Record<string, string>>;
}

export function cookiesSet({ headers }: Pick<GraphqlAnswer, 'headers'>): SetCookie[] {
  return [headers['set-cookie'] ?? []].flat().map((header) => {
    const [pair, ...attributes] = header.split('; ').map((part) => {
      const at = part.indexOf('=');
      return at < 0 ? ([part, ''] as const) : ([part.slice(0, at), part.slice(at + 1)] as const);
    });
    const [name, value] = pair!;
    return {
      name,
      value,
      attributes: Object.fromEntries(attributes.map(([key, text]) => [key.toLowerCase(), text])),
    };
  });
}

export function deletes({ value, attributes }: SetCookie): boolean {
  return value === '' && Date.parse(attributes.expires ?? '') === 0;
}
