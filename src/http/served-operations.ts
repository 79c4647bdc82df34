// Which operations are served: those of the manifest, by their ids or their text, and where operations are open any other.
import { GraphQLError } from 'graphql';
import { readOperationFiles } from './operation-files.js';

/** `documentId` of a request (GraphQL over HTTP, appendix on persisted documents). */
const DOCUMENT_ID = /^sha256:([0-9a-f]{64})$/;

/** Throws OperationFileError. `open`: whether operations outside the files are served. */
export async function loadServedOperations(
  files: readonly string[],
  open: boolean,
): Promise<ServedOperations> {
  return new ServedOperations(await readOperationFiles(files), open);
}

export class ServedOperations {
  private readonly listed: ReadonlySet<string>;

  /** `texts`: by digest. */
  constructor(
    private readonly texts: ReadonlyMap<string, string>,
    private readonly open: boolean,
  ) {
    this.listed = new Set(texts.values());
  }

  /** The text that a request asks for, which may be anything while it names none. Throws OPERATION_NOT_SERVED. */
  textOf({ query, documentId }: { readonly query?: unknown; readonly documentId?: unknown }): unknown {
    if (documentId == null) {
      if (this.open || typeof query !== 'string' || query === '' || this.listed.has(query)) return query;
      throw notServed('Only operations of the manifest are served: send the documentId of one.');
    }
    const digest = typeof documentId === 'string' ? DOCUMENT_ID.exec(documentId)?.[1] : undefined;
    if (digest === undefined) {
      throw notServed('A documentId is sha256: and the SHA-256 digest of the document in lower-case hex.');
    }
    const text = this.texts.get(digest);
    if (text === undefined) throw notServed('The manifest of operations has no document of that id.');
    return text;
  }
}

function notServed(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'OPERATION_NOT_SERVED' } });
}
