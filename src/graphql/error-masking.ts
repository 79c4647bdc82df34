// What of an error a client may see: unexpected errors are masked, and messages of graphql-js lose the values that they quote.
import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { SHOWN_CODES } from '../lib/error-codes.js';
import { internalError } from './errors.js';

/** Apollo's `formatError`. An error without a code that clients may see is masked, and passed to `onUnexpected`. */
export function maskErrors(onUnexpected: (error: unknown) => void) {
  return (formatted: GraphQLFormattedError, error: unknown): GraphQLFormattedError => {
    const original = unwrapResolverError(error);
    const code = original instanceof GraphQLError ? errorCode(original) : undefined;
    const { locations, path } = formatted;
    const place = { ...(locations && { locations }), ...(path && { path }) };
    if (!(original instanceof GraphQLError) || typeof code !== 'string' || !SHOWN_CODES.has(code)) {
      onUnexpected(original);
      return { ...place, ...internalError().toJSON() };
    }
    const { argument } = original.extensions;
    const extensions = { code, ...(typeof argument === 'string' && { argument }) };
    return { ...place, message: withoutValues(formatted.message), extensions };
  };
}

/** The message of graphql-js for an argument whose variable is null or absent: it has no code, though the client caused it. */
const OF_ARGUMENT = /^Argument "\w+" (?:of (?:required|non-null) type|has invalid value) /;

/** Undefined when the error has no code. */
export function errorCode({ message, extensions }: GraphQLError): unknown {
  return extensions.code ?? (OF_ARGUMENT.test(message) ? 'BAD_USER_INPUT' : undefined);
}

/** A message of graphql-js, cut before the value, token or name that it quotes from the request. */
function withoutValues(message: string): string {
  return message
    .replace(/^(Syntax Error: .*?\b(?:Name|Int|Float|String|BlockString|Comment)) ".*$/s, '$1.')
    .replace(/^(Syntax Error: (?:Cannot|Invalid|Unexpected character)[^"]*?):? ".*$/s, '$1.')
    .replace(/^(Argument "\w+" has) invalid value .*$/s, '$1 an invalid value.')
    .replace(/^(Expected value of type "[^"]*"), found .*$/s, '$1.')
    .replace(/^((?:\w+|Enum "\w+") cannot represent (?:an? )?non[^:]* value): .*$/s, '$1.')
    .replace(/^Value ".*" does not exist in ("\w+" enum).*$/s, 'The value does not exist in $1.')
    .replace(/^Unknown operation named ".*$/s, 'Unknown operation name.');
}
