// Notifies agents of the Data Rights Protocol of changes of their requests (section 2.03), a little later each time that one
// does not answer, and ten times at most. Each agent is called on its own, so that a slow one delays nobody else.

import type { AdvisoryLocks } from '../../../db/advisory-locks.js';
import type { WatchingDue } from '../../../jobs/due-work.js';
import { eachRow } from '../../../jobs/each-row.js';
import { type BackgroundJob, startJob } from '../../../jobs/jobs.js';
import type { DataRightsProtocol } from './drp.js';
import { callAgent } from './drp-call.js';

const RUN_EVERY_MS = 1000;
const MAX_TRIES = 10;
/** Agents that are called at the same time. */
const MAX_AGENTS = 32;
/** Calls to one agent before others have a turn. */
const CALLS_IN_TURN = 20;

/** At once and then every second. Any number of gateways may do so. `allowPrivateAddresses`: for development and tests. */
export function startDrpCallbacks(
  parts: Omit<WatchingDue, 'clock'> & {
    readonly locks: AdvisoryLocks;
    readonly drp: DataRightsProtocol;
    readonly allowPrivateAddresses: boolean;
  },
): BackgroundJob {
  const { locks, drp, log, observe, due: work } = parts;
  const each = eachRow({ job: 'callbacks', log, observe });
  /** When a request's agent is tried again; of this process alone, so that nothing of it is stored. */
  const waiting = new Map<string, number>();
  /** Agents that are called at this moment. */
  const calling = new Map<string, Promise<void>>();
  /** Turns so far, by agent: who has had the fewest is next. */
  const turns = new Map<string, number>();

  /** Under the lock: another gateway may have called back since the list was read. */
  async function callBack(requestId: string): Promise<void> {
    const callback = await drp.callbackOf(requestId);
    if (callback === null) return;
    const { url, status, tries } = callback;
    const reached = (await callAgent(url, status, parts)) === 200;
    if (reached || tries >= MAX_TRIES) {
      await drp.markNotified(requestId, tries);
      waiting.delete(requestId);
    } else waiting.set(requestId, Date.now() + 2 ** tries * 1000);
  }

  async function turn(agentId: string, requestIds: readonly string[]): Promise<void> {
    await each(
      agentId,
      requestIds,
      (id) => id,
      async (id) => {
        await locks.withAdvisoryLock('callback', id, () => callBack(id));
      },
      // A store that is away fails the next list, too, and is reported by that.
    ).catch(() => {});
  }

  const run = async () => {
    if (!(await work.has('callbacks'))) return;
    const due = (await drp.waitingCallbacks()).filter(
      ({ requestId, tries }) => tries === 0 || (waiting.get(requestId) ?? 0) <= Date.now(),
    );
    const byAgent = Map.groupBy(due, ({ agentId }) => agentId);
    const next = [...byAgent].sort(([a], [b]) => (turns.get(a) ?? 0) - (turns.get(b) ?? 0));
    for (const [agentId, requests] of next) {
      if (calling.has(agentId) || calling.size >= MAX_AGENTS) continue;
      turns.set(agentId, (turns.get(agentId) ?? 0) + 1);
      const ids = requests.slice(0, CALLS_IN_TURN).map(({ requestId }) => requestId);
      calling.set(
        agentId,
        turn(agentId, ids).finally(() => calling.delete(agentId)),
      );
    }
  };
  const job = startJob(run, { everyMs: RUN_EVERY_MS, together: true, part: 'rights', log });
  return {
    async stop() {
      await job.stop();
      await Promise.all(calling.values());
    },
  };
}
