// A statement that is prepared and described once on a connection, and from then on only bound and executed. pg's own queries
// ask with each execution anew which columns come, and read the answer anew.
import { type Connection, type FieldDef, Query, type Submittable, types } from 'pg';

export type StatementValue = string | number | boolean | null;

/** The name tells it from others; one name has one text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** What is known of the statements of one connection, by their names. */
export type Descriptions = Map<string, Description>;

interface Description {
  readonly columns: readonly Column[];
  /** Copied for each row, which so has all its columns from the start. */
  readonly emptyRow: Readonly<Record<string, null>>;
}

interface Column {
  readonly name: string;
  readonly parse: (text: string) => unknown;
}

/** What pg's connection has beyond its types. */
interface Wire {
  readonly parsedStatements: Readonly<Record<string, string | undefined>>;
  readonly submittedNamedStatements: Record<string, string | undefined>;
  parse(message: { name: string; text: string }): void;
  bind(message: {
    statement: string;
    values: readonly StatementValue[];
    valueMapper: (value: StatementValue) => string | null;
  }): void;
  describe(message: { type: 'P'; name: string }): void;
  execute(): void;
  sync(): void;
}

/** pg takes nothing else into a pipeline. Of what its queries do, all is done here. */
const PipelinedQuery = Query as unknown as new (text: string) => object;

/** pg calls it, under the names of its own queries' methods, as the messages of its answer come. */
export class PreparedQuery<Row> extends PipelinedQuery implements Submittable {
  /** pg remembers by name and text what a connection has prepared. */
  readonly name: string;
  readonly text: string;
  private readonly answer: Row[] = [];
  private description: Description | undefined;
  private fault: unknown = null;

  /** One of `resolve` and `reject` is called when the answer is whole; with pg's error, when that is one. */
  constructor(
    statement: Statement,
    private readonly values: readonly StatementValue[],
    private readonly descriptions: Descriptions,
    private readonly resolve: (rows: Row[]) => void,
    private readonly reject: (error: unknown) => void,
  ) {
    super(statement.text);
    this.name = statement.name;
    this.text = statement.text;
    this.description = descriptions.get(statement.name);
  }

  /** Sends it by the extended query protocol (PostgreSQL 55.2.3), or says what forbids that. */
  submit(connection: Connection): Error | null {
    const { name, text, values } = this;
    const wire = connection as unknown as Wire;
    const prepared = wire.parsedStatements[name] ?? wire.submittedNamedStatements[name];
    if (prepared === undefined) {
      wire.parse({ name, text });
      wire.submittedNamedStatements[name] = text;
    } else if (prepared !== text) {
      return new Error(`two statements are named ${name}`);
    }
    wire.bind({ statement: name, values, valueMapper: textOf });
    if (this.description === undefined) wire.describe({ type: 'P', name: '' });
    wire.execute();
    wire.sync();
    return null;
  }

  handleRowDescription({ fields }: { readonly fields: readonly FieldDef[] }): void {
    this.description = descriptionOf(fields);
    this.descriptions.set(this.name, this.description);
  }

  handleDataRow({ fields }: { readonly fields: readonly (string | null)[] }): void {
    const { columns, emptyRow } = this.description!;
    const row: Record<string, unknown> = { ...emptyRow };
    try {
      for (let index = 0; index < columns.length; index++) {
        const text = fields[index]!;
        const { name, parse } = columns[index]!;
        if (text !== null) row[name] = parse(text);
      }
    } catch (error) {
      this.fault = error;
    }
    this.answer.push(row as Row);
  }

  /** How many rows came is known without it. */
  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (this.fault === null) this.resolve(this.answer);
    else this.reject(this.fault);
  }

  handleError(error: unknown): void {
    this.reject(error);
  }
}

function descriptionOf(fields: readonly FieldDef[]): Description {
  const columns = fields.map(({ name, dataTypeID }) => ({
    name,
    parse: types.getTypeParser(dataTypeID, 'text') as Column['parse'],
  }));
  return { columns, emptyRow: Object.fromEntries(columns.map(({ name }) => [name, null])) };
}

function textOf(value: StatementValue): string | null {
  return value === null ? null : String(value);
}
