// A fault that a person can act on.

/** `message` says what is wrong, one fault a line, and holds no secret, address or query name. */
export class OperatorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}
