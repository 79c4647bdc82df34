// What a document must be to be served at all: small enough, before anything costly looks at it.
import { type DocumentNode, GraphQLError, type GraphQLSchema, parse } from 'graphql';
import { exceededLimit, LIMITS, MAX_TOKENS, type Measure } from './limits.js';

/** Throws GraphQLError: what the library says of the syntax, or OPERATION_TOO_LARGE. */
export function parseWithinLimits(schema: GraphQLSchema, text: string): DocumentNode {
  const document = parse(text, { maxTokens: MAX_TOKENS });
  const fault = faultOf(schema, document);
  if (fault !== null) throw fault;
  return document;
}

/** OPERATION_TOO_LARGE, or null when the text is within the limits, or no document at all. */
export function limitFault(schema: GraphQLSchema, text: string): GraphQLError | null {
  try {
    return faultOf(schema, parse(text, { maxTokens: MAX_TOKENS }));
  } catch (error) {
    if (error instanceof GraphQLError) return null;
    throw error;
  }
}

/** Where the name of the limit does not say what to do. */
const reasons: { readonly [Limit in keyof Measure]?: string } = {
  mutations: `one document may have ${LIMITS.mutations} mutations at most; send more documents`,
};

function faultOf(schema: GraphQLSchema, document: DocumentNode): GraphQLError | null {
  const limit = exceededLimit(schema, document);
  if (limit === null) return null;
  return new GraphQLError(
    `The operation asks for too much: ${reasons[limit] ?? `${limit} may be ${LIMITS[limit]} at most`}.`,
    {
      extensions: { code: 'OPERATION_TOO_LARGE' },
    },
  );
}
