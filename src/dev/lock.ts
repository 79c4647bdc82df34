// One `npm start` per data folder.
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { realpath } from 'node:fs/promises';
import { createServer } from 'node:net';
import { StartError } from './embedded/process.js';

/**
 * Holds the folder until `release`. The lock is a name in Linux's abstract socket namespace: taking it is atomic, and
 * the kernel frees it however this process ends, so that no stale lock file can remain.
 * Throws StartError when another process holds it.
 */
export async function lockFolder(folder: string): Promise<{ release(): void }> {
  const digest = createHash('sha256')
    .update(await realpath(folder))
    .digest('hex');
  const holder = createServer((socket) => socket.destroy());
  try {
    holder.listen(`\0cyberspacevpn-start-${digest.slice(0, 40)}`);
    await once(holder, 'listening');
  } catch {
    throw new StartError('npm start already runs in this folder; stop it first');
  }
  return { release: () => holder.close() };
}
