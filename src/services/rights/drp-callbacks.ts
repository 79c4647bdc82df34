// Tells agents of the Data Rights Protocol what has become of their requests (section 2.03), a little later each time that one
// does not answer, and ten times at most.
import type { DataSource } from 'typeorm';
import type { Logger } from '../../operations/log.js';
import { type Passes, startPasses } from '../../operations/passes.js';
import { alone } from '../alone.js';
import type { DataRightsProtocol } from './drp.js';

const PASS_EVERY_MS = 1000;
const TIMEOUT_MS = 5000;
const MAX_TRIES = 10;

/** At once and then every second. Any number of gateways may do so. */
export function startDrpCallbacks(parts: {
  readonly database: DataSource;
  readonly drp: DataRightsProtocol;
  readonly log: Logger;
}): Passes {
  const { database, drp, log } = parts;
  /** When a request's agent is tried again; of this process alone, so that nothing of it is stored. */
  const waiting = new Map<string, number>();

  async function tell(requestId: string, url: string, body: object, tries: number): Promise<void> {
    const reached = await fetch(url, {
      method: 'POST',
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then(
      async (answer) => {
        await answer.body?.cancel();
        return answer.status === 200;
      },
      () => false,
    );
    const left = reached || tries + 1 >= MAX_TRIES ? null : tries + 1;
    await drp.told(requestId, left);
    if (left === null) waiting.delete(requestId);
    else waiting.set(requestId, Date.now() + 2 ** left * 1000);
  }

  const pass = async () => {
    for (const { requestId, url, status, tries } of await drp.untold()) {
      if (tries > 0 && (waiting.get(requestId) ?? 0) > Date.now()) continue;
      await alone(database, 'callback', requestId, () => tell(requestId, url, status, tries));
    }
  };
  return startPasses(pass, { everyMs: PASS_EVERY_MS, part: 'rights', log });
}
