// What a frontend, an admin page or a program needs of the gateway: every operation with its types, and a way to send it.
export { type CodedError, GatewayError } from './errors.js';
export { GatewayClient, type GatewayClientOptions, type RequestOptions } from './gateway-client.js';
export * from './generated/operations.js';
export type { Operation } from './operation.js';
