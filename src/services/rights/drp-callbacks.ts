// Tells agents of the Data Rights Protocol what has become of their requests (section 2.03), a little later each time that one
// does not answer, and ten times at most.
import { type Passes, startPasses } from '../../operations/passes.js';
import { eachRow, type Watching } from '../each-row.js';
import type { Locks } from '../locks.js';
import type { DataRightsProtocol } from './drp.js';

const PASS_EVERY_MS = 1000;
const TIMEOUT_MS = 5000;
const MAX_TRIES = 10;

/** At once and then every second. Any number of gateways may do so. */
export function startDrpCallbacks(
  parts: Watching & { readonly locks: Locks; readonly drp: DataRightsProtocol },
): Passes {
  const { locks, drp, log, observe } = parts;
  const each = eachRow({ pass: 'callbacks', log, observe });
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

  /** Under the lock: another gateway may have called back since the list was read. */
  async function callBack(requestId: string): Promise<void> {
    const callback = await drp.callbackOf(requestId);
    if (callback !== null) await tell(requestId, callback.url, callback.status, callback.tries);
  }

  const pass = async () => {
    const due = (await drp.untold()).filter(
      ({ requestId, tries }) => tries === 0 || (waiting.get(requestId) ?? 0) <= Date.now(),
    );
    await each(
      'untold',
      due,
      ({ requestId }) => requestId,
      async ({ requestId }) => {
        await locks.alone('callback', requestId, () => callBack(requestId));
      },
    );
  };
  return startPasses(pass, { everyMs: PASS_EVERY_MS, part: 'rights', log });
}
