// A fault-injection proxy: a connection to a store that can be cut, as when the store or the network goes away, and restored.
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export interface FaultProxy {
  readonly url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** How many connections were made so far. */
  connections(): number;
  /** New connections lead to the store of this URL; those that are open stay. */
  leadTo(storeUrl: string): void;
  close(): void;
}

/** The proxies to all stores of a gateway, which is started with `through`. */
export class Ways {
  /** In the order in which they were asked for: of a test gateway those to Postgres, Redis, and the ephemeral Redis. */
  readonly all: FaultProxy[] = [];

  readonly through = async (storeUrl: string): Promise<string> => {
    const proxy = await faultProxyTo(storeUrl);
    this.all.push(proxy);
    return proxy.url;
  };

  async cut(): Promise<void> {
    for (const proxy of this.all) await proxy.cut();
  }

  async mend(): Promise<void> {
    for (const proxy of this.all) await proxy.mend();
  }

  close(): void {
    for (const proxy of this.all) proxy.close();
  }
}

export async function faultProxyTo(storeUrl: string): Promise<FaultProxy> {
  const url = new URL(storeUrl);
  let target = Number(url.port);
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    connections += 1;
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
    connections: () => connections,
    leadTo(otherUrl) {
      target = Number(new URL(otherUrl).port);
    },
    close,
  };
}
