// Stops marketing by a mail's link, without a session. Only a POST does (RFC 8058); a GET shows a page with a button, because
// scanners open the links in mails. No response reveals whether a link is valid.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { isUnavailable } from '../../runtime/availability.js';
import { errorFields, type Logger } from '../../runtime/log.js';
import { languageOf } from '../accept-language.js';
import { BODY_BYTES } from '../limits.js';
import { CONTENT_SECURITY_POLICY, type Step, unsubscribePage } from './unsubscribe-page.js';

interface Route {
  readonly Params: { readonly '*': string };
  readonly Body: Buffer | undefined;
}

/** `/unsubscribe/TOKEN`. `contact`: an e-mail address for those who get on no further. */
export function serveUnsubscribe(
  app: FastifyInstance,
  parts: {
    /** A false token does nothing, and looks the same. */
    readonly unsubscribe: (token: string) => Promise<void>;
    readonly contact: string;
    readonly log: Logger;
  },
): void {
  const { unsubscribe, contact, log } = parts;

  function show(request: FastifyRequest, reply: FastifyReply, status: number, step: Step): FastifyReply {
    return reply
      .code(status)
      .type('text/html; charset=utf-8')
      .headers({
        'content-security-policy': CONTENT_SECURITY_POLICY,
        'referrer-policy': 'no-referrer',
        'x-robots-tag': 'noindex, nofollow',
      })
      .send(unsubscribePage(languageOf(request.headers['accept-language'] ?? ''), step, contact));
  }

  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: BODY_BYTES.unsubscribeForm },
      (_request, body, parsed) => parsed(null, body),
    );
    scope.setErrorHandler((error, request, reply) => {
      const status = statusOf(error);
      if (status === 500) log.error('request.failed', { part: 'http', ...errorFields(error) });
      if (status === 503) log.warn('request.failed', { part: 'http', ...errorFields(error) });
      return show(request, reply, status, 'failed');
    });

    scope.get('/unsubscribe/*', async (request, reply) => show(request, reply, 200, 'asked'));

    scope.post<Route>('/unsubscribe/*', { config: { anyOrigin: true } }, async (request, reply) => {
      if (!(await isOneClick(request))) return show(request, reply, 400, 'failed');
      await unsubscribe(request.params['*']);
      return show(request, reply, 200, 'done');
    });
  });
}

/** `List-Unsubscribe=One-Click`, as a mail program or the page's form sends it (RFC 8058 sections 3.1 and 5). */
async function isOneClick({ body, headers }: FastifyRequest<Route>): Promise<boolean> {
  const form = new Response(body === null || body === undefined ? null : new Uint8Array(body), {
    headers: { 'content-type': headers['content-type'] ?? '' },
  });
  try {
    return (await form.formData()).get('List-Unsubscribe') === 'One-Click';
  } catch {
    return false;
  }
}

function statusOf(error: unknown): number {
  if (isUnavailable(error)) return 503;
  const { statusCode = 500 } = error as { statusCode?: number };
  return Math.min(statusCode, 500);
}
