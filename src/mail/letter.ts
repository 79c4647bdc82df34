// The content of a mail before it is laid out: the shape that all templates return.

export interface Link {
  /** What a click does, such as `Sign in`. */
  readonly label: string;
  readonly url: string;
  /** The token in the URL, for people who copy it by hand; null when there is none. */
  readonly token: string | null;
}

/**
 * A piece of a text. Only a `url` becomes a link, and it is always one of ours. `said` is the name that somebody else gave: it
 * is shown in quotation marks, and only if it looks like a name.
 */
export type Piece =
  | string
  | { readonly url: string }
  | { readonly said: string }
  /** An e-mail address that somebody else gave, spelled so that no mail program turns it into a link. */
  | { readonly address: string };

/** A paragraph, as one string or in pieces; a link, shown as a button; or a list of facts with their names. */
export type Block =
  | string
  | readonly Piece[]
  | { readonly link: Link }
  | { readonly facts: readonly (readonly [name: string, value: string | readonly Piece[]])[] };

export interface Letter {
  readonly subject: string;
  /** Why the person gets this mail, if the reason of its purpose would be wrong. */
  readonly reason?: string;
  readonly blocks: readonly Block[];
}

/** Turns URLs into links. Only for our own strings, never for one with input from others. */
export function withLinks(text: string): readonly Piece[] {
  return text
    .split(/(https:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'])/)
    .map((piece, index) => (index % 2 === 1 ? { url: piece } : piece))
    .filter((piece) => piece !== '');
}
