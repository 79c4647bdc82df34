// One port for TCP and UDP, chosen by the system: it looks at one protocol at a time, and the other may have it taken.
import type { Socket } from 'node:dgram';
import { once } from 'node:events';
import type { AddressInfo, Server } from 'node:net';

const CHOICES = 20;

/** Listens on 127.0.0.1 with both, and resolves to their port. `port` 0: a free one. Rejects with the system's error. */
export async function listenOnSamePort(tcp: Server, udp: Socket, port: number): Promise<number> {
  for (let choice = 1; ; choice += 1) {
    tcp.listen(port, '127.0.0.1');
    await once(tcp, 'listening');
    const chosen = (tcp.address() as AddressInfo).port;
    try {
      udp.bind(chosen, '127.0.0.1');
      await once(udp, 'listening');
      return chosen;
    } catch (error) {
      tcp.close();
      await once(tcp, 'close');
      if (port !== 0 || choice === CHOICES) throw error;
    }
  }
}
