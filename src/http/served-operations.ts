// Which operations are served: those of the manifest, by their ids or their text, and where operations are open any other.
import { createHash } from 'node:crypto';
import { GraphQLError } from 'graphql';

/** The digest of a document's text in lower-case hex → the text. */
export type OperationManifest = Readonly<Record<string, string>>;

/** `documentId` of a request (GraphQL over HTTP, appendix on persisted documents). */
const DOCUMENT_ID = /^sha256:([0-9a-f]{64})$/;

export class ServedOperations {
  private readonly texts: ReadonlyMap<string, string>;
  private readonly listed: ReadonlySet<string>;

  /** Throws when a text of the manifest is not that of its digest. `open`: whether operations outside it are served. */
  constructor(
    manifest: OperationManifest,
    private readonly open: boolean,
  ) {
    this.texts = new Map(Object.entries(manifest));
    this.listed = new Set(this.texts.values());
    for (const [digest, text] of this.texts) {
      const own = createHash('sha256').update(text).digest('hex');
      if (own !== digest) throw new Error('the manifest of operations names a text by the digest of another');
    }
  }

  /** The text that a request asks for, which may be anything while it names none. Throws OPERATION_NOT_SERVED. */
  textOf({ query, documentId }: { readonly query?: unknown; readonly documentId?: unknown }): unknown {
    if (documentId == null) {
      if (this.open || typeof query !== 'string' || query === '' || this.listed.has(query)) return query;
      throw notServed('Only operations of the manifest are served: send the documentId of one.');
    }
    const digest = typeof documentId === 'string' ? DOCUMENT_ID.exec(documentId)?.[1] : undefined;
    const text = digest === undefined ? undefined : this.texts.get(digest);
    if (text === undefined) throw notServed('The manifest of operations has no document of that id.');
    return text;
  }
}

function notServed(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'OPERATION_NOT_SERVED' } });
}
