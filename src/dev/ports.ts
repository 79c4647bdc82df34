// Checks that every port of the product is free before anything starts.
import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { type Endpoint, endpointText } from '../config/settings.js';
import type { PortSetting, Ports } from '../config/start.js';
import { errorFields } from '../runtime/log.js';
import { StartError } from './embedded/process.js';

export interface Listener {
  readonly setting: PortSetting;
  readonly hostSetting: string;
  readonly endpoint: Endpoint;
  /** The port is needed for UDP as well as for TCP. */
  readonly udp: boolean;
}

/**
 * The port of each setting: the one it asks for, or a free one for port 0; listeners of one setting have the same. All are held at
 * once while checking, so that two settings with the same port are found too. Throws StartError with a line for each that cannot be had.
 */
export async function choosePorts(listeners: readonly Listener[]): Promise<Ports> {
  const held: (Server | Socket)[] = [];
  const errors: string[] = [];
  const ports = new Map<PortSetting, number>();
  for (const listener of listeners) {
    try {
      const { setting, endpoint } = listener;
      const port = ports.get(setting) ?? endpoint.port;
      ports.set(setting, await hold({ ...listener, endpoint: { ...endpoint, port } }, held));
    } catch (error) {
      errors.push(listenError(listener, error));
    }
  }
  await Promise.all(held.map((socket) => new Promise<void>((resolve) => socket.close(() => resolve()))));
  if (errors.length > 0) throw new StartError(errors.join('\n'));
  return Object.fromEntries(ports) as unknown as Ports;
}

async function hold(listener: Listener, held: (Server | Socket)[]): Promise<number> {
  const { host, port } = listener.endpoint;
  const server = createServer();
  server.listen({ host, port, exclusive: true });
  await once(server, 'listening');
  held.push(server);
  const chosen = (server.address() as AddressInfo).port;
  if (listener.udp) {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.bind({ address: host, port: chosen, exclusive: true });
    await once(socket, 'listening');
    held.push(socket);
  }
  return chosen;
}

function listenError({ setting, hostSetting, endpoint }: Listener, error: unknown): string {
  const { code = 'unknown' } = errorFields(error);
  const place = endpointText(endpoint);
  if (code === 'EADDRINUSE') return `${setting}: ${place} is already in use`;
  if (code === 'EACCES')
    return `${setting}: ${place} needs a permission that this user does not have (ports below 1024)`;
  if (code === 'EADDRNOTAVAIL') return `${hostSetting}: not an address of this machine`;
  return `${hostSetting}: cannot listen there (${code})`;
}
