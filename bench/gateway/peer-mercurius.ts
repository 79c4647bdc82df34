// A peer: Mercurius with graphql-jit.
import fastify from 'fastify';
import mercurius from 'mercurius';
import { callerOf, HOST, PORT, peerSchema } from './peer.js';

const app = fastify({ logger: false });
await app.register(mercurius, {
  schema: peerSchema(),
  // Compiles an operation at its second request.
  jit: 1,
  graphiql: false,
  context: (request) => callerOf(request.headers),
});
await app.listen({ host: HOST, port: PORT });
