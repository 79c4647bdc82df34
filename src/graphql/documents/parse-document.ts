// Refuses documents that exceed the operation limits, before anything costly is done with them.
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { exceededLimit, LIMITS, MAX_CHARACTERS, MAX_TOKENS, type Measure } from './operation-limits.js';

/** Throws GraphQLError: a syntax error of graphql-js, or OPERATION_TOO_LARGE. */
export function parseWithinLimits(schema: GraphQLSchema, text: string): DocumentNode {
  if (text.length > MAX_CHARACTERS) throw tooLong();
  const document = parse(text, { maxTokens: MAX_TOKENS });
  const error = errorOf(schema, document);
  if (error !== null) throw error;
  return document;
}

/** OPERATION_TOO_LARGE, or null when the text is within the limits or has a syntax error. */
export function limitError(schema: GraphQLSchema, text: string): GraphQLError | null {
  if (text.length > MAX_CHARACTERS) return tooLong();
  try {
    return errorOf(schema, parse(text, { maxTokens: MAX_TOKENS }));
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

/** For limits whose names do not explain them. */
const REASONS: { readonly [Limit in keyof Measure]?: string } = {
  mutations: `one document may have ${LIMITS.mutations} mutations at most; send more documents`,
  directivesOfOneNode: `one field, fragment or definition may have ${LIMITS.directivesOfOneNode} directives at most`,
};

function errorOf(schema: GraphQLSchema, document: DocumentNode): GraphQLError | null {
  const limit = exceededLimit(schema, document);
  if (limit === null) return null;
  const reason = REASONS[limit] ?? `${limit} may be ${LIMITS[limit]} at most`;
  return tooLarge(`The operation asks for too much: ${reason}.`);
}

function tooLong(): GraphQLError {
  return tooLarge(
    `The document is too long: it may have ${MAX_CHARACTERS} characters at most. Values go into variables.`,
  );
}

function tooLarge(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'OPERATION_TOO_LARGE' } });
}
