// The HTTP status when the document or its variables are invalid (GraphQL over HTTP, section 6.4): 400 for clients that accept
// `application/graphql-response+json`, and 200 for those that accept `application/json` alone. When the operation cannot be
// determined, Apollo answers 400 to both.
import type { ApolloServerPlugin } from '@apollo/server';
import type { Context } from './context.js';

const GRAPHQL_RESPONSE = 'application/graphql-response+json';

const CODES = new Set(['GRAPHQL_PARSE_FAILED', 'GRAPHQL_VALIDATION_FAILED', 'BAD_USER_INPUT']);

/** By the request's `Accept`. */
export function documentErrorResponse(accept: string | undefined): { status: number; contentType: string } {
  return accept?.includes(GRAPHQL_RESPONSE)
    ? { status: 400, contentType: `${GRAPHQL_RESPONSE}; charset=utf-8` }
    : { status: 200, contentType: 'application/json; charset=utf-8' };
}

export const documentErrorStatus: ApolloServerPlugin<Context> = {
  async requestDidStart() {
    return {
      async willSendResponse({ request, response, errors }) {
        const code = errors?.[0]?.extensions.code;
        if (response.http.status !== 400 || !CODES.has(String(code))) return;
        response.http.status = documentErrorResponse(request.http?.headers.get('accept')).status;
      },
    };
  },
};
