// The two families of IP addresses.
import { registerEnumType } from 'type-graphql';

export const AddressFamilyEnum = { IPV4: 4, IPV6: 6 } as const;
export type AddressFamily = (typeof AddressFamilyEnum)[keyof typeof AddressFamilyEnum];

registerEnumType(AddressFamilyEnum, {
  name: 'AddressFamily',
  description: 'A family of IP addresses.',
  valuesConfig: {
    IPV4: { description: 'IPv4: single addresses.' },
    IPV6: {
      description: 'IPv6: prefixes of 64 bits, because devices change the rest of their addresses daily.',
    },
  },
});
