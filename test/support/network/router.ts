// A home's router as the gateway sees it: clients behind it connect to it, and their requests reach the gateway with the address
// that the router has at the moment, as a trusted proxy states it.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Router {
  /** `host:port`, for clients behind it. */
  readonly host: string;
  readonly url: string;
  /** The address of its line. */
  address: string;
  /** The heads of requests that it has passed on, the last one last. */
  readonly requests: readonly string[];
  close(): Promise<void>;
}

/** The gateway at `url` must trust 127.0.0.1 as a proxy. */
export async function startRouter(url: string, address: string): Promise<Router> {
  const open = new Set<Socket>();
  const requests: string[] = [];
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
    client.on('data', (chunk) => {
      // In latin1 each character is one byte. Requests of these clients arrive whole.
      const text = chunk.toString('latin1');
      const stated = text.replace(/^([A-Z]+ .*\r\n)/, `$1X-Forwarded-For: ${served.address}\r\n`);
      if (stated !== text) requests.push(text.slice(0, text.indexOf('\r\n\r\n')));
      gateway.write(stated, 'latin1');
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
    requests,
    async close() {
      router.close();
      for (const socket of open) socket.destroy();
      await once(router, 'close');
    },
  };
  return served;
}
