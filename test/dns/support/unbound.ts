// unbound, as a resolver between devices and us, or as the server of a zone.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { freePort, type ServerProcess, startServerProcess } from '../../../src/dev/embedded/process.js';
import { debianPackage } from '../../support/debian.js';

/** Starts it at 127.0.0.1. `lines`: more of its section `server`, and sections that follow it. Its files lie in the folder. */
export async function startUnbound(
  folder: string,
  lines: string,
): Promise<{ readonly process: ServerProcess; readonly port: number }> {
  const command = await debianPackage('unbound');
  const port = await freePort();
  const file = join(folder, 'unbound.conf');
  await writeFile(
    file,
    `
server:
  chroot: ""
  username: ""
  directory: "${folder}"
  pidfile: ""
  use-syslog: no
  verbosity: 1
  num-threads: 1
  interface: 127.0.0.1@${port}
  access-control: 127.0.0.0/8 allow
  module-config: "iterator"
${lines}
remote-control:
  control-enable: no
`,
  );
  const process = await startServerProcess({
    name: 'unbound',
    command,
    args: ['-d', '-c', file],
    deathSignal: 'TERM',
    readyLine: /start of service/,
  });
  return { process, port };
}
