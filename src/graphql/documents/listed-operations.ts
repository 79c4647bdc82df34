// The operations that are served: those that a manifest lists, by id or by text, and any other where operations are open.
import { GraphQLError } from 'graphql';
import { readManifests } from './manifests.js';

/** `documentId` of a request (GraphQL over HTTP, appendix on persisted documents). */
const BARE_DIGEST = /^[0-9a-f]{64}$/i;
const DOCUMENT_ID = /^sha256:([0-9a-f]{64})$/;

/** Throws ManifestError. `open`: whether operations outside the manifests are served, too. */
export async function loadListedOperations(
  manifests: readonly string[],
  open: boolean,
): Promise<ListedOperations> {
  return new ListedOperations(await readManifests(manifests), open);
}

/** How a request may name an operation. Its form has not been checked. */
interface NamedOperation {
  readonly query?: unknown;
  readonly documentId?: unknown;
  /** `persistedQuery.sha256Hash`: the links of Apollo Client and urql send it in place of a documentId. */
  readonly extensions?: unknown;
}

export class ListedOperations {
  private readonly listed: ReadonlySet<string>;

  /** `texts`: documents by digest. */
  constructor(
    private readonly texts: ReadonlyMap<string, string>,
    private readonly open: boolean,
  ) {
    this.listed = new Set(texts.values());
  }

  /**
   * The text of the document that a request names. A request that names none returns its `query`, which may be anything. Throws
   * OPERATION_NOT_SERVED, and where operations are open PERSISTED_QUERY_NOT_SUPPORTED, after which links send the text.
   */
  textOf({ query, documentId, extensions }: NamedOperation): unknown {
    if (documentId != null) return this.textById(documentId);
    const hash = persistedHash(extensions);
    if (hash !== undefined && (query == null || query === '')) {
      const text = typeof hash === 'string' ? this.texts.get(hash) : undefined;
      if (text !== undefined) return text;
      throw this.open ? notSupported() : notListed();
    }
    if (this.open || typeof query !== 'string' || query === '' || this.listed.has(query)) return query;
    throw notServed('Only operations of the manifest are served: send the documentId of one.');
  }

  private textById(documentId: unknown): string {
    const digest = typeof documentId === 'string' ? DOCUMENT_ID.exec(documentId)?.[1] : undefined;
    if (digest === undefined) {
      if (typeof documentId === 'string' && BARE_DIGEST.test(documentId)) {
        throw notServed('The documentId has no prefix: put sha256: before the digest.');
      }
      throw notServed('A documentId is sha256: and the SHA-256 digest of the document in lower-case hex.');
    }
    const text = this.texts.get(digest);
    if (text === undefined) throw notListed();
    return text;
  }
}

/** Undefined when there is none. */
function persistedHash(extensions: unknown): unknown {
  if (typeof extensions !== 'object' || extensions === null || !('persistedQuery' in extensions))
    return undefined;
  const { persistedQuery } = extensions;
  return typeof persistedQuery === 'object' && persistedQuery !== null && 'sha256Hash' in persistedQuery
    ? persistedQuery.sha256Hash
    : null;
}

/** Removes the persisted query from a request's body: Apollo Server would answer that it does not support any. */
export function dropPersistedQuery(body: { extensions?: unknown }): void {
  if (persistedHash(body.extensions) === undefined) return;
  const { persistedQuery: _, ...others } = body.extensions as Record<string, unknown>;
  if (Object.keys(others).length === 0) delete body.extensions;
  else body.extensions = others;
}

function notListed(): GraphQLError {
  return notServed('The manifest of operations has no document of that id.');
}

function notServed(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'OPERATION_NOT_SERVED' } });
}

/** Links recognise this error by its message or its code. */
function notSupported(): GraphQLError {
  return new GraphQLError('PersistedQueryNotSupported', {
    extensions: { code: 'PERSISTED_QUERY_NOT_SUPPORTED' },
  });
}
