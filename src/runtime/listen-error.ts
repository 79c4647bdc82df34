// A port that cannot be listened on, named by its setting.

import { type Endpoint, endpointText } from '../config/settings.js';
import { OperatorError } from '../lib/operator-error.js';
import { errorFields } from './log.js';

export class ListenError extends OperatorError {
  constructor(setting: string, endpoint: Endpoint, error: unknown) {
    super(`${setting}: cannot listen on ${endpointText(endpoint)} (${errorFields(error).code ?? 'unknown'})`);
  }
}
