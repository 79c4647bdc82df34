// A connection to Postgres that listens on a channel. It comes back by itself after a loss, and shows whether Postgres is there:
// no other connection is always open and always asks.
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from 'pg';
import { createPostgres, refuseReadOnly } from './postgres.js';

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 1000;
/** Between two questions whether Postgres is there, and takes writes. */
const BEAT_MS = 2000;
const ANSWER_MS = 4000;

export interface ListenObserver {
  /** A notification has come. */
  message(payload: string): void;
  /** The connection is lost, and notifications with it. */
  lost(cause: unknown): void;
  /** The connection is back; notifications may have been missed. */
  back(): void;
}

export interface Listener {
  stop(): Promise<void>;
}

/** Resolves when it listens. `channel`: an SQL identifier. */
export async function listen(
  databaseUrl: string,
  channel: string,
  observer: ListenObserver,
): Promise<Listener> {
  const stopped = new AbortController();
  let client: Client;

  async function open(): Promise<Client> {
    const opened = createPostgres({
      connectionString: databaseUrl,
      application_name: 'cyberspacevpn-gateway',
      query_timeout: ANSWER_MS,
    });
    let cause: unknown;
    opened.on('notification', ({ payload }) => observer.message(payload ?? ''));
    opened.on('error', (error) => {
      cause ??= error;
    });
    await opened.connect();
    try {
      await refuseReadOnly(opened);
      await opened.query(`LISTEN ${channel}`);
    } catch (error) {
      await opened.end().catch(() => {});
      throw error;
    }
    const stopBeat = startBeat(opened, (error) => {
      cause ??= error;
      opened.connection.stream.destroy();
    });
    // Not before: a connection that never was open has no end.
    opened.once('end', () => {
      stopBeat();
      if (stopped.signal.aborted) return;
      observer.lost(cause);
      void reopen();
    });
    return opened;
  }

  async function reopen(): Promise<void> {
    for (let wait = FIRST_DELAY_MS; !stopped.signal.aborted; wait = Math.min(2 * wait, LONGEST_DELAY_MS)) {
      await delay(wait, undefined, { signal: stopped.signal }).catch(() => {});
      if (stopped.signal.aborted) return;
      try {
        client = await open();
        observer.back();
        return;
      } catch {
        // The loss was reported when it happened.
      }
    }
  }

  client = await open();
  return {
    async stop() {
      stopped.abort();
      await client.end().catch(() => {});
    },
  };
}

/** Asks again and again whether Postgres takes writes; `failed` gets the error when it does not, or does not answer. */
function startBeat(client: Client, failed: (error: unknown) => void): () => void {
  let asking = false;
  const beat = setInterval(() => {
    if (asking) return;
    asking = true;
    refuseReadOnly(client).then(() => {
      asking = false;
    }, failed);
  }, BEAT_MS).unref();
  return () => clearInterval(beat);
}
