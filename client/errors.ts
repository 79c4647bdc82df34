// What a request rejects with when the gateway refuses it, or when there is no answer of a gateway.

export interface CodedError {
  readonly message: string;
  readonly path?: readonly (string | number)[] | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The gateway has refused the operation, or could not run it, or what answered is no gateway (`INVALID_ANSWER`): a proxy's page,
 * say. `codes` are for programs, messages for people. docs/reference/errors.md has every code.
 */
export class GatewayError extends Error {
  override readonly name = 'GatewayError';
  readonly codes: readonly string[];
  readonly errors: readonly CodedError[];
  /** Of HTTP; 0 over WebSocket, which has none. */
  readonly status: number;

  constructor(errors: readonly CodedError[], status: number) {
    super(errors.map(({ message }) => message).join(' '));
    this.errors = errors;
    this.status = status;
    this.codes = errors.map(({ extensions }) => String(extensions?.code ?? 'UNKNOWN'));
  }
}

export function coded(code: string, message: string): CodedError {
  return { message, extensions: { code } };
}

interface Answer<Data> {
  readonly data?: Data | null | undefined;
  readonly errors?: readonly CodedError[] | undefined;
}

/** The data of an answer. Throws GatewayError when there are errors, or neither. */
export function dataOf<Data>({ data, errors }: Answer<Data>, status: number): Data {
  if (errors === undefined && data != null) return data;
  throw new GatewayError(errors ?? [coded('INVALID_ANSWER', 'There is no answer of a gateway.')], status);
}

/** What is in the text of an answer; nothing when it is no gateway's. */
export function answerIn<Data>(text: string): Answer<Data> {
  try {
    const answer: unknown = JSON.parse(text);
    return typeof answer === 'object' && answer !== null ? answer : {};
  } catch {
    return {};
  }
}

/** The error of an answer that has no data. */
export async function refusalIn(response: Response): Promise<GatewayError> {
  try {
    dataOf({ ...answerIn(await response.text()), data: null }, response.status);
  } catch (error) {
    return error as GatewayError;
  }
  throw new Error('unreachable');
}
