// Frequent statements outside transactions: each is prepared once on a connection, and all statements of one turn of the event
// loop are sent together, without waiting for earlier answers (pipelining).
import type { Client } from 'pg';
import { createPostgres } from './postgres.js';
import { type Descriptions, PreparedQuery, type Statement, type StatementValue } from './prepared-query.js';

const STATEMENT_MS = 10_000;
/** Longer than any statement can take. */
const SILENCE_MS = 15_000;
const WATCH_MS = 1000;

export interface Statements {
  /** The rows. Rejects with pg's errors. */
  run<Row>(statement: Statement, values: readonly StatementValue[]): Promise<Row[]>;
}

export interface OpenStatements extends Statements {
  end(): Promise<void>;
}

/** Connections are made when they are first needed, and again after a loss. */
export function openStatements(databaseUrl: string, connections: number): OpenStatements {
  const lines = Array.from({ length: connections }, () => new Line(databaseUrl));
  const watch = setInterval(() => {
    const now = Date.now();
    for (const line of lines) line.endIfSilent(now);
  }, WATCH_MS).unref();
  return {
    run(statement, values) {
      let free = lines[0]!;
      for (const line of lines) if (line.waiting < free.waiting) free = line;
      return free.run(statement, values);
    },
    async end() {
      clearInterval(watch);
      await Promise.all(lines.map((line) => line.end()));
    },
  };
}

/** One connection. */
class Line {
  /** Statements that have no answer yet. */
  waiting = 0;
  private heardAt = 0;
  private client: Client | null = null;
  private connecting: Promise<Client> | null = null;
  private corked = false;
  private descriptions: Descriptions = new Map();

  constructor(private readonly databaseUrl: string) {}

  async run<Row>(statement: Statement, values: readonly StatementValue[]): Promise<Row[]> {
    if (this.waiting === 0) this.heardAt = Date.now();
    this.waiting += 1;
    try {
      const client = this.client ?? (await this.connect());
      this.cork(client);
      return await new Promise((resolve, reject) => {
        client.query(new PreparedQuery<Row>(statement, values, this.descriptions, resolve, reject));
      });
    } finally {
      this.waiting -= 1;
      this.heardAt = Date.now();
    }
  }

  /** A connection that was cut silently would keep everybody waiting. Long statements are ended by the server. */
  endIfSilent(now: number): void {
    if (this.waiting > 0 && now - this.heardAt > SILENCE_MS) this.client?.connection.stream.destroy();
  }

  async end(): Promise<void> {
    const client = this.client ?? (await this.connecting?.catch(() => null));
    await client?.end();
  }

  /** Statements are collected in the socket until the turn ends. */
  private cork({ connection: { stream } }: Client): void {
    if (this.corked) return;
    this.corked = true;
    stream.cork();
    setImmediate(() => {
      this.corked = false;
      stream.uncork();
    });
  }

  private connect(): Promise<Client> {
    this.connecting ??= this.open().finally(() => {
      this.connecting = null;
    });
    return this.connecting;
  }

  private async open(): Promise<Client> {
    const client = createPostgres({
      connectionString: this.databaseUrl,
      application_name: 'cyberspacevpn-gateway',
      statement_timeout: STATEMENT_MS,
      pipeline: true,
    });
    const lost = () => {
      if (this.client === client) this.client = null;
    };
    // The next statement shows whether the database is away.
    client.on('error', lost);
    client.on('end', lost);
    await client.connect();
    this.client = client;
    this.descriptions = new Map();
    return client;
  }
}
