// The URLs at which a network's address is updated, for people to enter in a router or to open.
import type { UpdateHosts } from '../../config/gateway.js';

export interface UpdateUrl {
  /** The family of the address that it moves; null: that of the request. */
  readonly family: 4 | 6 | null;
  /** For clients of dyndns2, whose password is the token. */
  readonly dyndns2: string;
  /** For people and scripts: anyone who opens it moves the network to their own address. It holds the token. */
  readonly link: string;
}

/** That of both families first. */
export function updateUrls({ any, ipv4, ipv6 }: UpdateHosts, token: string): UpdateUrl[] {
  const hosts = [
    { family: null, host: any },
    { family: 4, host: ipv4 },
    { family: 6, host: ipv6 },
  ] as const;
  return hosts.flatMap(({ family, host }) =>
    host === null ? [] : [{ family, dyndns2: `${host}/nic/update`, link: `${host}/u/${token}` }],
  );
}
