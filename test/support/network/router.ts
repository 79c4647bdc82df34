// A home's router as the gateway sees it: clients behind it connect to it, and their requests reach the gateway with the address
// that the router has at the moment, as a trusted proxy states it.
import { EventEmitter, once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Router {
  /** `host:port`, for clients behind it. */
  readonly host: string;
  readonly url: string;
  /** The address of its line. */
  address: string;
  /** Resolves when the answers of the gateway from now on fit; one that cannot be reached answers `unreachable`. */
  until(pattern: RegExp): Promise<void>;
  close(): Promise<void>;
}

/** The gateway at `url` must trust 127.0.0.1 as a proxy. */
export async function startRouter(url: string, address: string): Promise<Router> {
  const open = new Set<Socket>();
  const seen = new EventEmitter();
  let answers = '';
  const add = (text: string) => {
    answers += text;
    seen.emit('answer');
  };
  const router = createServer((client) => {
    const gateway = connect(Number(new URL(url).port), '127.0.0.1');
    for (const [socket, other] of [
      [client, gateway],
      [gateway, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
    gateway.on('error', () => add('unreachable'));
    gateway.on('data', (chunk) => add(chunk.toString('latin1')));
    client.on('data', (chunk) => {
      // In latin1 each character is one byte. Requests of these clients arrive whole.
      const text = chunk.toString('latin1');
      gateway.write(text.replace(/^([A-Z]+ .*\r\n)/, `$1X-Forwarded-For: ${served.address}\r\n`), 'latin1');
    });
    client.on('end', () => gateway.end());
    gateway.pipe(client);
  });
  router.listen(0, '127.0.0.1');
  await once(router, 'listening');
  const host = `127.0.0.1:${(router.address() as AddressInfo).port}`;
  const served: Router = {
    host,
    url: `http://${host}`,
    address,
    async until(pattern) {
      const from = answers.length;
      while (!pattern.test(answers.slice(from))) await once(seen, 'answer');
    },
    async close() {
      router.close();
      for (const socket of open) socket.destroy();
      await once(router, 'close');
    },
  };
  return served;
}
