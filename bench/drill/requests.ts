// Customers who use the API during a fault: they register and remove addresses, look at them and change their names, through
// a balancer that goes to the other gateway when one takes no connection.
import { setTimeout as delay } from 'node:timers/promises';
import {
  type Operation,
  RegisterNetwork,
  RemoveNetwork,
  UpdateProfile,
  ViewerAccount,
  ViewerMediaStreamer,
} from '../../client/index.js';
import { Connection, Dropped, Refused } from '../soak/connection.js';
import type { Person } from '../soak/people.js';
import type { Ledger } from './ledger.js';
import { Tally } from './tally.js';

const ADDRESSES_EACH = 3;
const BETWEEN_TRIES_MS = 50;
/** Shares of what people do; the rest change their names. */
const READS = 0.5;
const READS_AND_ADDRESSES = 0.85;

export interface Target {
  readonly address: string;
  readonly port: number;
}

/** An answer that says that something could not be done. `message`: its code. */
export class Failed extends Error {}

/** The addresses of a person. */
export function addressesOf(index: number): string[] {
  return Array.from({ length: ADDRESSES_EACH }, (_, number) => `51.10.${index}.${number + 1}`);
}

export class Requests {
  readonly tally = new Tally();
  private readonly lines = new Map<string, Connection>();
  private asked = 0;
  private start = performance.now();
  private stopping = false;
  private writing = true;
  private changing = 0;
  private users: Promise<void>[] = [];

  constructor(
    private readonly people: readonly Person[],
    private readonly gateways: readonly Target[],
    private readonly ledger: Ledger,
    private readonly perSecond: number,
  ) {}

  begin(): void {
    this.start = performance.now();
    this.users = this.people.map((person, index) => this.use(person, addressesOf(index)));
  }

  async stop(): Promise<void> {
    this.stopping = true;
    for (const line of this.lines.values()) line.close();
    await Promise.all(this.users);
  }

  /** Nothing is changed while `work` runs: what was under way has been answered. */
  async readingOnly<T>(work: () => Promise<T>): Promise<T> {
    this.writing = false;
    try {
      while (this.changing > 0) await delay(BETWEEN_TRIES_MS);
      return await work();
    } finally {
      this.writing = true;
    }
  }

  private async use(person: Person, addresses: readonly string[]): Promise<void> {
    while (!this.stopping) {
      const dice = this.writing ? Math.random() : 0;
      const address = oneOf(addresses);
      const changes = dice >= READS;
      if (changes) this.changing += 1;
      try {
        if (!changes) await this.look(person, address);
        else if (dice < READS_AND_ADDRESSES) await this.change(person, address);
        else await this.rename(person);
      } catch (error) {
        if (!(error instanceof Failed || error instanceof Dropped || error instanceof Refused)) throw error;
      } finally {
        if (changes) this.changing -= 1;
      }
    }
  }

  private async look(person: Person, address: string): Promise<void> {
    const { viewer } = await this.ask(person, address, ViewerMediaStreamer, {});
    if (this.ledger.hasGivenUp(address)) return;
    this.ledger.read(address, networksAt(address, viewer.mediaStreamer).length > 0);
  }

  private async change(person: Person, address: string): Promise<void> {
    if (this.ledger.hasGivenUp(address)) return;
    const removes = this.ledger.isListed(address) ?? Math.random() < 0.5;
    try {
      const { viewer } = await this.ask(person, address, ViewerMediaStreamer, {});
      const ids = networksAt(address, viewer.mediaStreamer);
      this.ledger.read(address, ids.length > 0);
      if (removes) {
        for (const networkId of ids) await this.ask(person, address, RemoveNetwork, { input: { networkId } });
      } else if (ids.length === 0) {
        await this.ask(person, address, RegisterNetwork, { input: { name: 'Home' } });
      }
      this.ledger.acknowledge(address, !removes);
    } catch (error) {
      if (error instanceof Dropped) this.ledger.giveUp(address);
      else this.ledger.doubt(address);
      throw error;
    }
  }

  private async rename(person: Person): Promise<void> {
    if (this.ledger.hasGivenUp(person.id)) return;
    const source = '51.10.0.1';
    const { viewer } = await this.ask(person, source, ViewerAccount, {});
    this.ledger.readName(person.id, viewer.account.name);
    const name = `Number ${String.fromCharCode(...Array.from({ length: 8 }, () => 97 + Math.random() * 26))}`;
    const input = { version: viewer.account.version, name };
    try {
      const { updateProfile } = await this.ask(person, source, UpdateProfile, { input });
      if (updateProfile.userErrors.length === 0) this.ledger.acknowledgeName(person.id, name);
    } catch (error) {
      if (error instanceof Dropped) this.ledger.giveUp(person.id);
      else this.ledger.doubtName(person.id, name);
      throw error;
    }
  }

  /** Resolves with the data of a right answer. Rejects with Failed, Dropped or Refused. */
  private async ask<Data, Variables>(
    person: Person,
    source: string,
    operation: Operation<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    await this.turn();
    const sent = performance.now();
    try {
      const data = await this.askOneOf(this.inTurn(), person, source, operation, variables);
      this.tally.count(null, sent);
      return data;
    } catch (error) {
      if (this.stopping) throw error;
      this.tally.count(error instanceof Failed ? error.message : (error as Error).constructor.name, sent);
      if (error instanceof Refused) await delay(BETWEEN_TRIES_MS);
      throw error;
    }
  }

  private async askOneOf<Data, Variables>(
    [gateway, ...others]: readonly Target[],
    person: Person,
    source: string,
    operation: Operation<Data, Variables>,
    variables: Variables,
  ): Promise<Data> {
    const key = `${person.id} ${gateway!.address}`;
    let line = this.lines.get(key);
    try {
      if (line === undefined || line.isOver) {
        line = await Connection.open(gateway!.port, gateway!.address);
        this.lines.set(key, line);
      }
    } catch (error) {
      if (!(error instanceof Refused) || others.length === 0) throw error;
      return this.askOneOf(others, person, source, operation, variables);
    }
    return send(line, person.token, source, operation, variables);
  }

  private inTurn(): readonly Target[] {
    const first = this.asked % this.gateways.length;
    return [...this.gateways.slice(first), ...this.gateways.slice(0, first)];
  }

  /** Waits so that all together keep the rate. What could not be asked in time is left out. */
  private async turn(): Promise<void> {
    const due = this.start + (this.asked / this.perSecond) * 1000;
    this.asked += 1;
    const early = due - performance.now();
    if (early > 0) await delay(early);
    else this.asked = Math.max(this.asked, ((performance.now() - this.start) / 1000) * this.perSecond);
  }
}

/** One request over a connection. Rejects with Failed or Dropped. */
export async function send<Data, Variables>(
  line: Connection,
  token: string,
  source: string,
  operation: Operation<Data, Variables>,
  variables: Variables,
): Promise<Data> {
  const headers = {
    'content-type': 'application/json',
    'x-forwarded-for': source,
    ...(token !== '' && { authorization: `Bearer ${token}` }),
  };
  const body = JSON.stringify({ documentId: `sha256:${operation.digest}`, variables });
  const { status, body: text } = await line.ask('POST', '/graphql', headers, body);
  const { data, errors = [] } = parsed(text);
  const codes: string[] = errors.map(({ extensions }) => extensions?.code ?? 'none');
  if (status !== 200 || codes.length > 0 || data == null) throw new Failed(codes[0] ?? `status ${status}`);
  return data as Data;
}

interface GraphqlBody {
  readonly data?: unknown;
  readonly errors?: readonly { readonly extensions?: { readonly code?: string } }[];
}

function parsed(text: string): GraphqlBody {
  try {
    return JSON.parse(text);
  } catch {
    throw new Failed('no JSON');
  }
}

function oneOf<T>(choices: readonly T[]): T {
  return choices[Math.floor(Math.random() * choices.length)]!;
}

/** The ids of the networks that have the address. */
function networksAt(
  address: string,
  { networks }: { networks: readonly { id: string; addresses: readonly { address: string }[] }[] },
): string[] {
  return networks
    .filter(({ addresses }) => addresses.some((each) => each.address === address))
    .map(({ id }) => id);
}
