// The layout of the structures of recvmmsg and sendmmsg (section 2 of the Linux manual), on 64-bit little-endian machines.

export const AF_INET = 2;
export const AF_INET6 = 10;

/** Bytes of struct sockaddr_in and sockaddr_in6. */
export const SOCKADDR_IN = 16;
export const SOCKADDR_IN6 = 28;

/** Bytes that are reserved for an address and for control messages (struct in_pktinfo, in6_pktinfo). */
export const ADDRESS = 32;
export const CONTROL = 64;
/** Offsets in the control bytes: of IPv4 the number of the interface and the local address, of IPv6 the address. */
export const PKTINFO_INTERFACE = 16;
export const PKTINFO_IPV4 = 20;
export const PKTINFO_IPV6 = 16;

/** Bytes of struct iovec: a pointer and a length. */
export const IOVEC = 16;
/** Bytes of struct mmsghdr: name, name length, iovec, its count, control, its length, flags; then the datagram's length. */
export const MMSGHDR = 64;
/** Indexes of 32-bit words in struct mmsghdr. */
export const NAME_LENGTH_WORD = 2;
export const CONTROL_LENGTH_WORD = 10;
export const LENGTH_WORD = 14;
