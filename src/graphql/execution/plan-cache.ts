// The operations that have been served: each is found by its text, with the plan that runs it. What is found was
// validated once, for the schema that is served.
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { measureDocument } from '../documents/operation-limits.js';
import { type Plan, planOperation } from './plan.js';

/** Of memory that known operations may take, by the estimate below; all of the client's take some megabytes. */
const MAX_BYTES = 48 * 1024 * 1024;

/** What V8 keeps for each, at most: a character, a token with the node of it, and a field of a plan. */
const BYTES = { character: 2, token: 400, field: 2000 };

/** By the name that a request gives, which may be none. */
type Plans<Context> = Map<string | undefined, Plan<Context>>;

interface KnownDocument<Context> {
  readonly plans: Plans<Context>;
  readonly bytes: number;
}

export class KnownOperations<Context> {
  /** The one that was asked for last stands last. */
  private readonly documents = new Map<string, KnownDocument<Context>>();
  private bytes = 0;

  /** `maxBytes`: of memory that they may take together, by estimate. */
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly maxBytes: number = MAX_BYTES,
  ) {}

  has(text: string): boolean {
    return this.documents.has(text);
  }

  find(text: string, operationName: string | undefined): Plan<Context> | undefined {
    const known = this.documents.get(text);
    if (known === undefined) return undefined;
    this.documents.delete(text);
    this.documents.set(text, known);
    return known.plans.get(operationName);
  }

  /** `document` is valid, `text` is what it was parsed from, and `operationName` finds the operation in it. */
  plan(
    text: string,
    operationName: string | undefined,
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ): Plan<Context> {
    const found = this.find(text, operationName);
    if (found !== undefined) return found;
    const plan = planOperation<Context>(this.schema, document, operation);
    this.keep(text, document, plan.variants).plans.set(operationName, plan);
    return plan;
  }

  private keep(text: string, document: DocumentNode, variants: number): KnownDocument<Context> {
    const known = this.documents.get(text);
    if (known !== undefined) return known;
    // None of the document's operations, which are no more than its definitions, has more fields than the greatest of them.
    const fields = measureDocument(this.schema, document).fields * document.definitions.length * variants;
    const bytes = text.length * BYTES.character + tokensOf(document) * BYTES.token + fields * BYTES.field;
    const kept = { plans: new Map(), bytes };
    this.documents.set(text, kept);
    this.bytes += bytes;
    for (const [oldest, { bytes: gone }] of this.documents) {
      if (this.bytes <= this.maxBytes) break;
      this.documents.delete(oldest);
      this.bytes -= gone;
    }
    return kept;
  }
}

/** Comments among them: the syntax tree holds on to all. */
function tokensOf({ loc }: DocumentNode): number {
  let count = 0;
  for (let token = loc?.startToken ?? null; token !== null; token = token.next) count += 1;
  return count;
}
