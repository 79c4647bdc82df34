// The page of live counts on the DoH listener: for the household of its own address, as long as it is open and for a minute at most.
import type { IncomingHttpHeaders, ServerHttp2Stream, ServerStreamResponseOptions } from 'node:http2';
import { LIVE_PAGE, LIVE_SCRIPT, LIVE_STYLE } from './live-page-files.js';
import { serverNameOf } from './transports.js';

/** Counts of a household since they were opened. */
export interface LiveCounts {
  /** For JSON. */
  read(): object;
  /** To be called once. */
  close(): void;
}

/** What the page needs of the client. */
export interface LiveClient {
  /** The host of the page, in lower case; null: this node has none. */
  liveHost(): string | null;
  /** Null: too many views are open. */
  watchCounts(): LiveCounts | null;
}

/** Milliseconds between two events, and for which a view stays open. */
const EVENT_MS = 1000;
const VIEW_MS = 60_000;

const RESPONSE: ServerStreamResponseOptions & { sendDate: boolean } = { sendDate: false };

/** Nothing is inline, and nothing comes from elsewhere. */
const HEADERS = {
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
};

const FILES: ReadonlyMap<string, { readonly type: string; readonly content: string }> = new Map([
  ['/', { type: 'text/html; charset=utf-8', content: LIVE_PAGE }],
  ['/live.js', { type: 'text/javascript; charset=utf-8', content: LIVE_SCRIPT }],
  ['/live.css', { type: 'text/css; charset=utf-8', content: LIVE_STYLE }],
]);
const COUNTS = '/counts';

/** The requests of one connection for the page. */
export class LivePage {
  /** Ends each open view. */
  private readonly open = new Set<() => void>();

  /** `onClosed`: a view has ended. */
  constructor(
    private readonly client: LiveClient,
    private readonly onClosed: () => void,
  ) {}

  get isOpen(): boolean {
    return this.open.size > 0;
  }

  /** Answers a request for the host of the page. False: it is for another host. */
  serve(stream: ServerHttp2Stream, headers: IncomingHttpHeaders): boolean {
    const host = this.client.liveHost();
    if (host === null || serverNameOf(headers[':authority'] ?? headers.host) !== host) return false;
    const path = headers[':path'] ?? '';
    const file = FILES.get(path);
    if (headers[':method'] !== 'GET' && headers[':method'] !== 'HEAD') {
      refuse(stream, 405, 'Use GET or HEAD.\n', { allow: 'GET, HEAD' });
    } else if (file !== undefined) {
      respond(stream, 200, file.type);
      end(stream, file.content);
    } else if (path !== COUNTS) refuse(stream, 404, 'There is nothing here.\n');
    else if (isForeign(headers)) refuse(stream, 403, 'Open the page itself.\n');
    else this.sendCounts(stream);
    return true;
  }

  /** Ends all views. */
  end(): void {
    for (const finish of this.open) finish();
  }

  /** Server-sent events: `counts` when they have changed, and `end` when the view is over, so that the page does not reconnect. */
  private sendCounts(stream: ServerHttp2Stream): void {
    const counts = this.client.watchCounts();
    if (counts === null) {
      refuse(stream, 503, 'Too many of these pages are open. Try again in a minute.\n', {
        'retry-after': '60',
      });
      return;
    }
    respond(stream, 200, 'text/event-stream; charset=utf-8');
    let sent = '';
    const send = () => {
      const text = JSON.stringify(counts.read());
      // A client that does not read gets no more.
      if (text === sent || stream.writableLength > 0) return;
      sent = text;
      stream.write(`event: counts\ndata: ${text}\n\n`);
    };
    const timer = setInterval(send, EVENT_MS);
    // At once, whether or not the client reads the last event.
    const release = () => {
      if (!this.open.delete(finish)) return;
      clearInterval(timer);
      clearTimeout(deadline);
      counts.close();
      this.onClosed();
    };
    const finish = () => {
      send();
      stream.end('event: end\ndata: {}\n\n');
      release();
    };
    const deadline = setTimeout(finish, VIEW_MS);
    this.open.add(finish);
    stream.once('close', release);
    send();
  }
}

/** A page of another site would open views in the name of its visitor. Programs send no such field (W3C Fetch Metadata). */
function isForeign(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'] ?? 'same-origin';
  return site !== 'same-origin' && site !== 'none';
}

function refuse(
  stream: ServerHttp2Stream,
  status: number,
  text: string,
  fields: Readonly<Record<string, string>> = {},
): void {
  respond(stream, status, 'text/plain; charset=utf-8', fields);
  end(stream, text);
}

function respond(
  stream: ServerHttp2Stream,
  status: number,
  type: string,
  fields: Readonly<Record<string, string>> = {},
): void {
  stream.respond({ ':status': status, 'content-type': type, ...HEADERS, ...fields }, RESPONSE);
}

/** A response to HEAD has ended with its headers. */
function end(stream: ServerHttp2Stream, content: string): void {
  if (stream.writable) stream.end(content);
}
