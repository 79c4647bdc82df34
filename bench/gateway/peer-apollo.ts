// A peer: Apollo Server on Fastify.
import { ApolloServer } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginLandingPageDisabled,
} from '@apollo/server/plugin/disabled';
import fastifyApollo from '@as-integrations/fastify';
import fastify from 'fastify';
import { type Caller, callerOf, HOST, PORT, peerSchema } from './peer.js';

const apollo = new ApolloServer<Caller>({
  schema: peerSchema(),
  plugins: [ApolloServerPluginCacheControlDisabled(), ApolloServerPluginLandingPageDisabled()],
  introspection: false,
  stopOnTerminationSignals: false,
});
await apollo.start();
const app = fastify({ logger: false });
await app.register(fastifyApollo(apollo), { context: async (request) => callerOf(request.headers) });
await app.listen({ host: HOST, port: PORT });
