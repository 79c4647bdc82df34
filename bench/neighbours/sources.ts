// Who asks, who attacks and what is asked: the same for the bench and for the test.

/** Who asks for names of all kinds, and the unlisted who asks for the portal. */
export const CUSTOMER = '127.0.0.7';
export const NEWCOMER = '127.0.6.1';

/** Hostile allowed clients. */
export const HOSTILE_CUSTOMERS = {
  cold: '127.0.1.1',
  slow: '127.0.1.3',
  truncated: '127.0.1.4',
  pipelined: '127.0.1.5',
} as const;

/** Where the transports of an edge listen, on 127.0.0.1. */
export interface Ports {
  readonly plain: number;
  readonly dot: number;
  readonly doh: number;
}

export const RELAYED = 'www.stream.example';
export const PORTAL = 'portal.vpn.example';

/** A query of type A. */
export function ask(name: string, id = 0): Buffer {
  const labels = name.split('.').map((label) => Buffer.from([label.length, ...Buffer.from(label)]));
  const header = Buffer.from([id >> 8, id & 255, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
  return Buffer.concat([header, ...labels, Buffer.from([0, 0, 1, 0, 1])]);
}

export function framed(message: Buffer): Buffer {
  return Buffer.concat([Buffer.from([message.length >> 8, message.length & 255]), message]);
}
