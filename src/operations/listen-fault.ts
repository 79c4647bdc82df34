// A port that cannot be listened on, told with its setting.
import type { Endpoint } from '../config/settings.js';
import { ClearFault } from './clear-fault.js';
import { errorFields } from './log.js';

export class ListenFault extends ClearFault {
  constructor(setting: string, endpoint: Endpoint, error: unknown) {
    super(`${setting}: cannot listen on ${listenText(endpoint)} (${errorFields(error).code ?? 'unknown'})`);
  }
}

/** `127.0.0.1:53`, `[::1]:53`. */
export function listenText({ host, port }: Endpoint): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
