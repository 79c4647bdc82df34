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
].join('; ');

/** Its page, for the GraphQL endpoint at the path. */
export async function loadGraphiql(endpoint: string): Promise<(reply: FastifyReply) => FastifyReply> {
  // Eighteen megabytes that production never loads.
  const { renderGraphiQL } = await import('@graphql-yoga/render-graphiql');
  const page = renderGraphiQL({ endpoint, title: 'CyberSapceVPN' });
  return (reply) =>
    reply
      .header('content-security-policy', CONTENT_SECURITY_POLICY)
      .type('text/html; charset=utf-8')
      .send(page);
}
