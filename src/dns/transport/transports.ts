// The transports over which a dns-node answers, as metrics name them.

/** DoT: RFC 7858. DoH: RFC 8484. */
export const TRANSPORTS = ['udp', 'tcp', 'dot', 'doh'] as const;
export type Transport = (typeof TRANSPORTS)[number];
