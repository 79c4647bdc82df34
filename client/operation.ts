// An operation of the API as a client knows it: its text, by which it is sent or named, and what goes in and comes out.

export interface Operation<Data, Variables> {
  /** SHA-256 of the text, in lower-case hex; a gateway in production serves operations by it. */
  readonly digest: string;
  readonly text: string;
  /** Never there: it carries the types. */
  readonly types?: (variables: Variables) => Data;
}
