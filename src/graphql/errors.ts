// Everything that an answer can say went wrong: coded, in our words, without a value from the request.

import { unwrapResolverError } from '@apollo/server/errors';
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import { Field, ObjectType, registerEnumType } from 'type-graphql';
import type { Role } from '../entities/account/account.js';
import { FAULTS, type Fault, type FaultCode } from '../input/user-error.js';
import { type ErrorCode as Code, SHOWN_CODES } from './error-codes.js';

const ErrorCode = Object.fromEntries(Object.keys(FAULTS).map((code) => [code, code])) as {
  [Code in FaultCode]: Code;
};

registerEnumType(ErrorCode, {
  name: 'ErrorCode',
  description: 'What can be wrong with the input of a mutation.',
  valuesConfig: Object.fromEntries(
    Object.entries(FAULTS).map(([code, description]) => [code, { description }]),
  ),
});

@ObjectType({ description: 'Something that the person who entered the input can put right.' })
export class UserError {
  @Field(() => String, {
    nullable: true,
    description: 'Dotted path from the input to the field at fault, such as `entries.3.prefix`.',
  })
  field!: string | null;

  @Field(() => ErrorCode, { description: 'For programs.' })
  code!: FaultCode;

  @Field(() => String, { description: 'For people, in English. Never repeats the input.' })
  message!: string;
}

export function userErrors(faults: readonly Fault[]): UserError[] {
  return faults.map(({ field, code }) => ({ field, code, message: FAULTS[code] }));
}

export function unauthenticated(): GraphQLError {
  return coded('UNAUTHENTICATED', 'Sign in first.');
}

/** `roles`: those of staff who may; none: nobody who is a person. */
export function forbidden(roles: readonly Role[] = []): GraphQLError {
  const allowed = roles.join(' or ');
  const message =
    allowed === '' ? 'This account may not do that.' : `This needs an account of the role ${allowed}.`;
  return coded('FORBIDDEN', message);
}

/** A frontend answers it with `stepUp`, and repeats the request with the token that comes of it. */
export function stepUpRequired(): GraphQLError {
  return coded('STEP_UP_REQUIRED', 'Show a factor again: call stepUp, and send its token as Step-Up-Token.');
}

export function secondFactorRequired(): GraphQLError {
  return coded('SECOND_FACTOR_REQUIRED', 'Staff must sign in with a second factor to do that.');
}

/** `argument`: the argument at fault, with a dotted path into it when it is an object, such as `input.delivery`. */
export function badInput(message: string, argument?: string): GraphQLError {
  const extensions = { code: 'BAD_USER_INPUT', ...(argument !== undefined && { argument }) };
  return new GraphQLError(message, { extensions });
}

export function serviceUnavailable(): GraphQLError {
  return coded('SERVICE_UNAVAILABLE', 'The service is not available at the moment. Try again later.');
}

export function internalError(): GraphQLError {
  return coded('INTERNAL_SERVER_ERROR', 'Something went wrong on our side.');
}

export function tooManySubscriptions(): GraphQLError {
  return coded('TOO_MANY_SUBSCRIPTIONS', 'This account watches as much as an account may.');
}

function coded(code: Code, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code } });
}

/**
 * Apollo's `formatError`. An error that nobody coded is masked, and `onUnexpected` hears of it. The library's messages
 * lose the values that they repeat; its messages about names in the schema stay.
 */
export function formatErrors(onUnexpected: (error: unknown) => void) {
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

/** What graphql-js says of an argument whose variable is null or absent: it has no code, and is the client's fault. */
const OF_ARGUMENT = /^Argument "\w+" (?:of (?:required|non-null) type|has invalid value) /;

/** For programs; undefined when nobody coded the error. */
export function errorCode({ message, extensions }: GraphQLError): unknown {
  return extensions.code ?? (OF_ARGUMENT.test(message) ? 'BAD_USER_INPUT' : undefined);
}

/** What graphql-js says, cut before the value, token or name that it quotes from the request. */
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
