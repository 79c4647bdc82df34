// Operations as the documents that GraphQL clients with a cache take.
import type { TypedDocumentNode } from '@graphql-typed-document-node/core';
import { parse } from 'graphql';
import type { Operation } from './operation.js';

export type OperationDocument<Data, Variables> = TypedDocumentNode<Data, Variables> & {
  /** `sha256:` and the digest of the text, as requests name it. */
  readonly documentId: string;
};

/** Without places in the text, so that a client may print it or compare it. */
export function typedDocument<Data, Variables>({
  digest,
  text,
}: Operation<Data, Variables>): OperationDocument<Data, Variables> {
  return { ...parse(text, { noLocation: true }), documentId: `sha256:${digest}` };
}

/** The digest of a document of this package, for links that send `persistedQuery.sha256Hash`. Throws for any other document. */
export function sha256HashOf(document: object): string {
  const { documentId } = document as { readonly documentId?: unknown };
  if (typeof documentId === 'string') return documentId.replace(/^sha256:/, '');
  throw new Error('This document is none of @cyberspacevpn/client/documents.');
}
