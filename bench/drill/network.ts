// A network of hosts on one machine: each is a network namespace with a hosts file and a disk of its own, behind one router,
// which is the namespace of this process. All of it ends with the processes that hold the namespaces, and these with this one.
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where customers are: the router may ask from any of these addresses. */
export const CUSTOMERS = '51.0.0.0/8';

/** Before the rule for this machine's own addresses, so that packets to the router can vanish, too. */
const SILENCE_PREFERENCE = '10';
const OWN_ADDRESSES_PREFERENCE = '100';

export interface Host {
  readonly name: string;
  readonly address: string;
  /** The router's address on this host's link. */
  readonly router: string;
  /** A folder on a disk of its own, in memory, which nobody else sees. */
  readonly disk: string;
  /** The same folder as this process sees it. */
  readonly diskFromOutside: string;
  /** The program and the arguments that run a command there. */
  command(...command: string[]): string[];
}

export class Network {
  private readonly hosts: Host[] = [];
  private readonly holders: ChildProcess[] = [];
  private readonly names = new Map<string, string>();
  private readonly silences = new Set<() => Promise<void>>();

  /** `folder` gets the hosts files. This process is in a network namespace of its own already. */
  static async open(folder: string): Promise<Network> {
    await ip('link', 'set', 'lo', 'up');
    await writeFile('/proc/sys/net/ipv4/ip_forward', '1');
    await ip('route', 'add', 'local', CUSTOMERS, 'dev', 'lo');
    await ip('rule', 'add', 'pref', OWN_ADDRESSES_PREFERENCE, 'lookup', 'local');
    await ip('rule', 'del', 'pref', '0');
    return new Network(folder);
  }

  private constructor(private readonly folder: string) {}

  /** `diskMegabytes`: the size of its disk. */
  async addHost(name: string, diskMegabytes = 64): Promise<Host> {
    const number = this.hosts.length + 1;
    const [address, router] = [`10.64.${number}.2`, `10.64.${number}.1`];
    const disk = join(this.folder, name);
    await mkdir(disk);
    await writeFile(this.hostsFile(name), this.hostsText());
    const script =
      'mount --bind "$1" /etc/hosts && mount -t tmpfs -o "size=$3m,mode=0755" none "$2" && echo held && exec sleep infinity';
    const holder = spawn(
      'setpriv',
      [
        ...['--pdeathsig', 'KILL', '--', 'unshare', '--net', '--mount', '--'],
        ...['sh', '-c', script, 'sh', this.hostsFile(name), disk, String(diskMegabytes)],
      ],
      { detached: true, stdio: ['ignore', 'pipe', 'inherit'] },
    );
    this.holders.push(holder);
    await once(holder.stdout!, 'data');
    const pid = String(holder.pid);
    const link = linkTo(address);
    await ip('link', 'add', link, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', pid);
    await ip('address', 'add', `${router}/24`, 'dev', link);
    await ip('link', 'set', link, 'up');
    const inside = (...command: string[]) =>
      run('nsenter', ['--target', pid, '--net', '--', 'ip', ...command]);
    await inside('link', 'set', 'lo', 'up');
    await inside('address', 'add', `${address}/24`, 'dev', 'eth0');
    await inside('link', 'set', 'eth0', 'up');
    await inside('route', 'add', 'default', 'via', router);
    const host = {
      name,
      address,
      router,
      disk,
      diskFromOutside: `/proc/${pid}/root${disk}`,
      command: (...command: string[]) => ['nsenter', '--target', pid, '--net', '--mount', '--', ...command],
    };
    this.hosts.push(host);
    return host;
  }

  /** Moves a name: a look-up from now on gets this address. With `forHosts`, on these hosts alone. */
  async point(name: string, address: string, forHosts: readonly Host[] = this.hosts): Promise<void> {
    if (forHosts === this.hosts) this.names.set(name, address);
    const names = new Map(this.names).set(name, address);
    // Written in place: each host sees this very file as its /etc/hosts.
    await Promise.all(forHosts.map((host) => writeFile(this.hostsFile(host.name), this.hostsText(names))));
  }

  /** Gives the host an address beside its own, and takes it from the host that had it. */
  async moveAddress(address: string, host: Host): Promise<void> {
    const [program, ...rest] = host.command('ip', 'address', 'replace', `${address}/32`, 'dev', 'lo');
    await run(program!, rest);
    await ip('route', 'replace', `${address}/32`, 'via', host.address);
  }

  /** Packets between the two vanish, in both directions and without an answer, until the result is called. */
  async silence(one: string, other: string): Promise<() => Promise<void>> {
    const directions = [
      ['from', one, 'to', other],
      ['from', other, 'to', one],
    ];
    for (const direction of directions) {
      await ip('rule', 'add', 'pref', SILENCE_PREFERENCE, ...direction, 'blackhole');
    }
    const heal = async () => {
      if (!this.silences.delete(heal)) return;
      for (const direction of directions) {
        await ip('rule', 'del', 'pref', SILENCE_PREFERENCE, ...direction, 'blackhole');
      }
    };
    this.silences.add(heal);
    return heal;
  }

  /** Everything to and from the host vanishes. */
  isolate(host: Host): Promise<() => Promise<void>> {
    return this.silence(host.address, '0.0.0.0/0');
  }

  /** The link to the host carries so many kilobits a second; null: as many as it can. */
  async limit(host: Host, kilobits: number | null): Promise<void> {
    const queue = ['dev', linkTo(host.address), 'root'];
    if (kilobits === null) await run('tc', ['qdisc', 'del', ...queue]);
    else {
      const bucket = ['tbf', 'rate', `${kilobits}kbit`, 'burst', '16kb', 'latency', '500ms'];
      await run('tc', ['qdisc', 'replace', ...queue, ...bucket]);
    }
  }

  async close(): Promise<void> {
    for (const heal of [...this.silences]) await heal();
    const ended = this.holders.map((holder) => once(holder, 'close'));
    for (const holder of this.holders) holder.kill('SIGKILL');
    await Promise.all(ended);
    for (const { address } of this.hosts) await ip('link', 'del', linkTo(address)).catch(() => {});
    await ip('rule', 'del', 'pref', OWN_ADDRESSES_PREFERENCE);
    await ip('rule', 'add', 'pref', '0', 'lookup', 'local').catch(() => {});
    await ip('route', 'del', 'local', CUSTOMERS, 'dev', 'lo');
  }

  private hostsFile(name: string): string {
    return join(this.folder, `${name}.hosts`);
  }

  private hostsText(names: ReadonlyMap<string, string> = this.names): string {
    return ['127.0.0.1 localhost', ...[...names].map(([name, address]) => `${address} ${name}`), ''].join(
      '\n',
    );
  }
}

/** The name of the router's end. */
function linkTo(address: string): string {
  return `to-${address}`;
}

async function ip(...command: string[]): Promise<void> {
  await run('ip', command);
}
