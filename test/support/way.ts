// A way to a store that can be cut, as when the store or the network goes away, and mended.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface Way {
  readonly url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
  close(): void;
}

export async function wayTo(storeUrl: string): Promise<Way> {
  const url = new URL(storeUrl);
  const target = Number(url.port);
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const store = connect(target, '127.0.0.1');
    client.pipe(store).pipe(client);
    for (const [socket, other] of [
      [client, store],
      [store, client],
    ] as const) {
      open.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(socket);
        other.destroy();
      });
    }
  });
  const listen = async (port: number) => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  url.port = String(port);
  const close = () => {
    server.close();
    for (const socket of open) socket.destroy();
  };
  return {
    url: url.href,
    async cut() {
      const closed = once(server, 'close');
      close();
      await closed;
    },
    async mend() {
      await listen(port);
    },
    close,
  };
}
