// Updates the address of a network: for routers by dyndns2 (help.dyn.com: perform-update, return-codes), for people and scripts
// by a link. Answers are plain text, because routers look for words in them. No error of a client ends with `abuse`, `nohost`
// or `notfqdn`: inadyn ends for good on them.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { formatAddress } from '../../lib/ip.js';
import type { Logger } from '../../runtime/log.js';
import type { NetworkUpdates, UpdateOutcome } from '../../services/media-streamer/network-updates.js';
import { sendError, serverError } from '../error-responses.js';
import { BODY_BYTES } from '../limits.js';
import { isPreview } from './previews.js';
import { basicPassword, countHosts, isUpdate, MOST_HOSTS, MOST_URL_BYTES } from './update-request.js';

type Request = FastifyRequest<{ Params: { '*'?: string }; Body: string | undefined }>;

const HEADERS = {
  'content-type': 'text/plain; charset=utf-8',
  'referrer-policy': 'no-referrer',
  'x-robots-tag': 'noindex, nofollow',
};

/** The constraint of a route that takes any path, if the query is that of an update. */
const OF_UPDATES = 'ofUpdates';

type ConstraintStrategy = Parameters<FastifyInstance['addConstraintStrategy']>[0];

function ofUpdates(): ConstraintStrategy {
  return {
    name: OF_UPDATES,
    storage() {
      let route: ReturnType<ReturnType<ConstraintStrategy['storage']>['get']> = null;
      return {
        get: (isOne) => (isOne === true ? route : null),
        set(_isOne, added) {
          route = added;
        },
      };
    },
    deriveConstraint: ({ url = '' }) => isUpdate(url),
    validate() {},
  };
}

export function serveNetworkUpdates(
  app: FastifyInstance,
  updates: Pick<NetworkUpdates, 'update'>,
  log: Logger,
): void {
  async function update(
    request: Request,
    reply: FastifyReply,
    token: string | null,
    challenge: string,
  ): Promise<FastifyReply> {
    reply.headers(HEADERS);
    const hosts = countHosts(request.raw.url ?? '', request.body ?? '');
    if (hosts > MOST_HOSTS) return reply.send('numhost\n');
    return answer(reply, await updates.update(token, request.source), { hosts, challenge });
  }

  function answer(
    reply: FastifyReply,
    outcome: UpdateOutcome,
    { hosts, challenge }: { readonly hosts: number; readonly challenge: string },
  ): FastifyReply {
    switch (outcome.kind) {
      case 'moved':
        return reply.send(`good ${formatAddress(outcome.address)}\n`.repeat(hosts));
      case 'unchanged':
        return reply.send(`nochg ${formatAddress(outcome.address)}\n`.repeat(hosts));
      case 'restricted':
        return reply.send('!donator\n');
      case 'wrong-token':
        return reply.code(401).header('www-authenticate', challenge).send('badauth\n');
      case 'later':
        if (outcome.error !== undefined) serverError(outcome.error, log);
        return reply.code(503).header('retry-after', outcome.seconds).send('911\n');
    }
  }

  app.addConstraintStrategy(ofUpdates());
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'string', bodyLimit: BODY_BYTES.networkUpdate },
      (_request, body, parsed) => parsed(null, body),
    );
    scope.addHook('onRequest', (request, reply, done) => {
      if ((request.raw.url ?? '').length <= MOST_URL_BYTES) done();
      else sendError(reply, 414, 'REQUEST_TOO_LARGE', 'The URL is too long.');
    });

    const byPassword = (request: Request, reply: FastifyReply) =>
      request.method === 'HEAD'
        ? reply.headers(HEADERS).send('')
        : update(request, reply, basicPassword(request.headers.authorization), 'Basic realm="update"');
    for (const url of ['/nic/update', '/v3/update']) {
      scope.route({ method: ['GET', 'POST'], url, handler: byPassword });
    }
    // Routers have many paths of their own, some of them with an error. A path without such a query is not found as it was: some
    // routes have their own form of that error.
    scope.route({
      method: ['GET', 'POST'],
      url: '/*',
      constraints: { [OF_UPDATES]: true },
      handler: byPassword,
    });

    scope.route({
      method: ['GET', 'POST'],
      url: '/u/*',
      handler: (request: Request, reply) => {
        if (request.method === 'HEAD') return reply.headers(HEADERS).send('');
        if (isPreview(request.headers)) {
          return reply.code(403).headers(HEADERS).send('A preview of this link changes nothing.\n');
        }
        // Some boxes append a path of their own.
        const [token = ''] = (request.params['*'] ?? '').split('/');
        // With Basic a browser would ask the person for a password. It ignores a scheme that it does not know.
        return update(request, reply, token, 'Link realm="update"');
      },
    });

    scope.get('/checkip', async (request, reply) => {
      const { source } = request;
      if (source === null) return reply.code(503).headers(HEADERS).send('');
      return reply.headers(HEADERS).send(`${formatAddress(source)}\n`);
    });
  });
}
