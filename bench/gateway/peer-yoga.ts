// A peer: GraphQL Yoga on Node's own HTTP server.
import { createServer, type IncomingMessage } from 'node:http';
import { createYoga } from 'graphql-yoga';
import { type Caller, callerOf, HOST, PORT, peerSchema } from './peer.js';

const yoga = createYoga<{ req: IncomingMessage }, Caller>({
  schema: peerSchema(),
  graphiql: false,
  landingPage: false,
  logging: false,
  multipart: false,
  context: ({ req }) => callerOf(req.headers),
});
createServer({ keepAliveTimeout: 65_000 }, yoga).listen(PORT, HOST);
