// What a mail says, before it is laid out: the one shape that all templates fill.

export interface Link {
  /** What a click does, such as `Sign in`. */
  readonly label: string;
  readonly url: string;
  /** The token in the URL, for those who copy it by hand; null when there is none. */
  readonly token: string | null;
}

/**
 * A piece of a text. Nothing becomes a link but a `url`, which is ours. `said` is what somebody else calls themselves: it
 * stands in quotation marks, and not at all unless it is a name.
 */
export type Piece =
  | string
  | { readonly url: string }
  | { readonly said: string }
  /** An e-mail address that somebody else gave, spelled so that no mail program makes a link of it. */
  | { readonly address: string };

/** A paragraph, in pieces or as one; or a link, shown as a button; or what is stated, each with its name. */
export type Block =
  | string
  | readonly Piece[]
  | { readonly link: Link }
  | { readonly facts: readonly (readonly [name: string, value: string | readonly Piece[]])[] };

export interface Letter {
  readonly subject: string;
  /** Why the person gets this mail, where its purpose alone would say it wrongly. */
  readonly reason?: string;
  readonly blocks: readonly Block[];
}

/** Our own text, in which addresses of pages become links: never one that holds what strangers write. */
export function withLinks(text: string): readonly Piece[] {
  return text
    .split(/(https:\/\/[^\s<>"]*[^\s<>".,;:!?)\]'])/)
    .map((piece, index) => (index % 2 === 1 ? { url: piece } : piece))
    .filter((piece) => piece !== '');
}
