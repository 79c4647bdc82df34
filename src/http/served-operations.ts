// Which operations are served: those of the manifest, by their ids or their text, and where operations are open any other.
import { hash } from 'node:crypto';
import { basename } from 'node:path';
import { GraphQLError } from 'graphql';
import { z } from 'zod';
import { readJsonFile } from '../catalogue/json-file.js';
import { ClearFault } from '../clear-fault.js';

/** `documentId` of a request (GraphQL over HTTP, appendix on persisted documents). */
const DOCUMENT_ID = /^sha256:([0-9a-f]{64})$/;

/** The digest of a document's text in lower-case hex → the text. */
const manifestShape = z.record(z.string().regex(/^[0-9a-f]{64}$/, 'is no SHA-256 digest'), z.string());

/** `message` holds the faults, one per line; none repeats a document. */
class OperationFileError extends ClearFault {}

/** Throws OperationFileError. `open`: whether operations outside the file are served. */
export async function loadServedOperations(file: string, open: boolean): Promise<ServedOperations> {
  const read = await readJsonFile(file, manifestShape);
  if ('faults' in read) throw new OperationFileError(read.faults.join('\n'));
  const faults = Object.entries(read.value)
    .filter(([digest, text]) => hash('sha256', text) !== digest)
    .map(([digest]) => `${basename(file)}: ${digest}: is not the digest of its document`);
  if (faults.length > 0) throw new OperationFileError(faults.join('\n'));
  return new ServedOperations(new Map(Object.entries(read.value)), open);
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
    const text = digest === undefined ? undefined : this.texts.get(digest);
    if (text === undefined) throw notServed('The manifest of operations has no document of that id.');
    return text;
  }
}

function notServed(message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { code: 'OPERATION_NOT_SERVED' } });
}
