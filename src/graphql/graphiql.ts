// GraphiQL for developers: one page with all its scripts inside, which loads nothing from anywhere else.
import type { FastifyReply } from 'fastify';

/** Scripts, styles and workers are in the page; it talks to its own origin alone. */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'unsafe-inline' 'unsafe-eval' blob:",
  'worker-src blob:',
  "style-src 'unsafe-inline'",
  'font-src data:',
  'img-src data:',
  "connect-src 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** What the editor holds at first. */
export const WELCOME = `# The API of CyberSapceVPN, on a gateway in development. Run the query with Ctrl-Enter.
#
# To sign in, run the mutation signIn with delivery: COOKIE; queries and subscriptions use the session from then on.
# What the API can do stands under "Docs" on the left; how to use it stands in docs/guides/frontends.md.

{
  policy {
    version
    effectiveOn
  }
}
`;

/** Sends its page, for the GraphQL endpoint at the path. */
export function graphiqlFor(endpoint: string): (reply: FastifyReply) => Promise<FastifyReply> {
  let page: Promise<string> | undefined;
  return async (reply) => {
    page ??= render(endpoint);
    return reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .type('text/html; charset=utf-8')
      .send(await page);
  };
}

/** Eighteen megabytes, which are loaded when somebody first looks at the page. */
async function render(endpoint: string): Promise<string> {
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  return renderGraphiQL({
    endpoint,
    title: 'GraphiQL for CyberSapceVPN',
    // Its events come by POST otherwise, to a path that answers no subscription.
    subscriptionsProtocol: 'WS',
    defaultQuery: WELCOME,
  });
}
