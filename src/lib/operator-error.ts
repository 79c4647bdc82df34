// Errors that an operator can act on.

/** `message` states what is wrong, one problem a line, without secrets, addresses or query names. It is printed as it is. */
export class OperatorError extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}
