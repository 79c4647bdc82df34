// A statement that is prepared and described once on a connection, and afterwards only bound and executed. The queries of pg ask
// at each execution which columns come.
import { type Connection, type FieldDef, Query, type Submittable, types } from 'pg';

export type StatementValue = string | number | boolean | null;

/** Each name stands for one text. */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

/** Descriptions of the statements of one connection, by their names. */
export type Descriptions = Map<string, Description>;

interface Description {
  readonly columns: readonly Column[];
  /** Copied for each row, so that all rows have the same shape from the start. */
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

/** pg accepts only its own queries in a pipeline. Everything that they do is overridden here. */
const PipelinedQuery = Query as unknown as new (text: string) => object;

/** pg calls its methods as the messages of the answer arrive; they have the names of pg's own. */
export class PreparedQuery<Row> extends PipelinedQuery implements Submittable {
  /** pg records under name and text what a connection has prepared. */
  readonly name: string;
  readonly text: string;
  private readonly answer: Row[] = [];
  private description: Description | undefined;
  private failure: unknown = null;

  /** `resolve` or `reject` is called when the answer is complete; `reject` with the error of pg. */
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

  /** Sends the statement by the extended query protocol (PostgreSQL manual, 55.2.3), or returns the reason why not. */
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
      this.failure = error;
    }
    this.answer.push(row as Row);
  }

  /** The number of rows is known without it. */
  handleCommandComplete(): void {}

  handleReadyForQuery(): void {
    if (this.failure === null) this.resolve(this.answer);
    else this.reject(this.failure);
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
