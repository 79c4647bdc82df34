// Measures what an operation costs each server, one server after the other: requests a second, CPU time and response times.
import pg from 'pg';
import { OperatorError } from '../../src/lib/operator-error.js';
import { median } from '../median.js';
import { cpuOf } from '../process.js';
import { type Operation, REQUESTS, SOME_VERSION } from './operations.js';
import type { Person } from './people.js';
import { OURS, type Server, type ServerName } from './servers.js';
import type { Message, Wrk } from './wrk.js';

type Round = Omit<Cost, 'ratio'>;

/** Medians over the rounds. */
export interface Cost {
  readonly server: ServerName;
  readonly perSecond: number;
  /** The gateway's requests a second divided by this server's, in the same round: other work on the machine disturbs both. */
  readonly ratio: number;
  /** Microseconds of CPU per request, in user and kernel mode, of all threads. */
  readonly cpu: number;
  /** Of the server's core, from 0 to 1. */
  readonly busy: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
}

export interface Extent {
  readonly rounds: number;
  readonly warmUpSeconds: number;
  readonly seconds: number;
}

/** More than the writes of one profile in a run. */
const VERSIONS_OF_A_RUN = 10_000;

export class Measurement {
  /** Each run begins above all versions of earlier runs, so that late requests of those change nothing. */
  private runs = 0;

  constructor(
    private readonly options: {
      readonly servers: readonly Server[];
      readonly people: readonly Person[];
      readonly wrk: Wrk;
      readonly database: pg.Client;
      readonly ticksPerSecond: number;
      readonly extent: Extent;
      readonly say: (line: string) => void;
    },
  ) {}

  /** `sizes`: bytes of each server's answer. */
  async costs(operation: Operation, sizes: ReadonlyMap<Server, number>): Promise<Cost[]> {
    const { servers, extent, say } = this.options;
    const found = new Map<Server, Round[]>(servers.map((server) => [server, []]));
    for (let round = 1; round <= extent.rounds; round++) {
      for (const server of servers) {
        const cost = await this.measure(server, operation, sizes.get(server)!);
        found.get(server)!.push(cost);
        say(
          `  ${operation}, round ${round} of ${extent.rounds}: ${server.name} ${cost.perSecond.toFixed(0)} a second, ` +
            `${cost.cpu.toFixed(0)} µs each`,
        );
      }
    }
    const ours = [...found].find(([{ name }]) => name === OURS)![1];
    return [...found].map(([{ name }, costs]) => {
      const middle = (of: (cost: Round, round: number) => number) => median(costs.map(of));
      return {
        server: name,
        perSecond: middle(({ perSecond }) => perSecond),
        ratio: middle(({ perSecond }, round) => ours[round]!.perSecond / perSecond),
        cpu: middle(({ cpu }) => cpu),
        busy: middle(({ busy }) => busy),
        p50: middle(({ p50 }) => p50),
        p99: middle(({ p99 }) => p99),
      };
    });
  }

  /** The size of each server's answer, all of which hold the same data. Throws OperatorError when they do not. */
  async compare(operation: Operation): Promise<Map<Server, number>> {
    const { servers, people } = this.options;
    const sizes = new Map<Server, number>();
    let same: string | undefined;
    for (const server of servers) {
      await this.putVersion(SOME_VERSION);
      const text = await ask(server, people[0]!, operation);
      const { data, errors } = JSON.parse(text) as { data?: unknown; errors?: unknown };
      const seen = JSON.stringify(data);
      same ??= seen;
      if (errors !== undefined || seen !== same) {
        throw new OperatorError(`${server.name} answers ${operation} otherwise than ${servers[0]!.name}`);
      }
      sizes.set(server, Buffer.byteLength(text));
    }
    return sizes;
  }

  private async measure(server: Server, operation: Operation, answerSize: number): Promise<Round> {
    const { wrk, people, ticksPerSecond, extent } = this.options;
    const writes = operation === 'mutation';
    const messages = people.map(
      (person): Message => ({ credential: server.credential(person), body: bodyOf(operation) }),
    );
    const load = async (seconds: number) => {
      const version = SOME_VERSION + ++this.runs * VERSIONS_OF_A_RUN;
      if (writes) await this.putVersion(version);
      const result = await wrk.run({ server, seconds, answerSize, messages, version });
      if (writes) await this.mustHaveWritten(server, result.requests, version);
      return result;
    };
    if (extent.warmUpSeconds > 0) await load(extent.warmUpSeconds);
    const before = await cpuOf(server.process.pid, ticksPerSecond);
    const { requests, perSecond, p50, p99 } = await load(extent.seconds);
    server.process.mustRun();
    const cpu = ((await cpuOf(server.process.pid, ticksPerSecond)) - before) / requests;
    return { server: server.name, perSecond, cpu, busy: (cpu * perSecond) / 1e6, p50, p99 };
  }

  /** Of every profile, in a table without the dead rows of the last run. */
  private async putVersion(version: number): Promise<void> {
    const { database } = this.options;
    await database.query('UPDATE account SET version = $1', [version]);
    await database.query('VACUUM account');
  }

  private async mustHaveWritten({ name }: Server, requests: number, version: number): Promise<void> {
    const { rows } = await this.options.database.query(
      'SELECT sum(version - $1::integer)::integer AS written FROM account',
      [version],
    );
    if (rows[0].written < requests) throw new OperatorError(`${name} has not written what it said it had`);
  }
}

/** Sends each person's first request, which records the policy version for their session. */
export async function introduce(server: Server, people: readonly Person[]): Promise<void> {
  const waiting = people.values();
  const send = async () => {
    for (const person of waiting) await ask(server, person, 'viewer');
  };
  await Promise.all(Array.from({ length: 16 }, send));
}

async function ask(server: Server, person: Person, operation: Operation): Promise<string> {
  const [name, value] = server.credential(person);
  const response = await fetch(server.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', [name]: value },
    body: bodyOf(operation),
  });
  const text = await response.text();
  if (!response.ok)
    throw new OperatorError(`${server.name} answers ${operation} with status ${response.status}`);
  return text;
}

function bodyOf(operation: Operation): string {
  return JSON.stringify(REQUESTS[operation]);
}
