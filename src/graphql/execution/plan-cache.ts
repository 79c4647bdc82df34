// The plans of operations that have been served, found by the text of their document. A document in this cache is valid for the
// schema that is served.
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { measureDocument } from '../documents/operation-limits.js';
import { type Plan, planOperation } from './plan.js';

/** Memory of all plans, by the estimate below. Those of the client's operations take some megabytes. */
const MAX_BYTES = 48 * 1024 * 1024;

/** What V8 keeps at most for a character, for a token with its syntax node, and for a field of a plan. */
const BYTES = { character: 2, token: 400, field: 2000 };

/** By the operation name of the request, which may be absent. */
type Plans<Context> = Map<string | undefined, Plan<Context>>;

interface CachedDocument<Context> {
  readonly plans: Plans<Context>;
  readonly bytes: number;
}

export class PlanCache<Context> {
  /** In the order of their last use. */
  private readonly documents = new Map<string, CachedDocument<Context>>();
  private bytes = 0;

  /** `maxBytes`: memory of all plans together, by estimate. */
  constructor(
    private readonly schema: GraphQLSchema,
    private readonly maxBytes: number = MAX_BYTES,
  ) {}

  has(text: string): boolean {
    return this.documents.has(text);
  }

  find(text: string, operationName: string | undefined): Plan<Context> | undefined {
    const cached = this.documents.get(text);
    if (cached === undefined) return undefined;
    this.documents.delete(text);
    this.documents.set(text, cached);
    return cached.plans.get(operationName);
  }

  /**
   * Returns the plan of the operation, and makes it when there is none. `document` is valid, `text` is what it was parsed from,
   * and `operationName` finds the operation in it.
   */
  plan(
    text: string,
    operationName: string | undefined,
    document: DocumentNode,
    operation: OperationDefinitionNode,
  ): Plan<Context> {
    const found = this.find(text, operationName);
    if (found !== undefined) return found;
    const plan = planOperation<Context>(this.schema, document, operation);
    this.cached(text, document, plan.variants).plans.set(operationName, plan);
    return plan;
  }

  private cached(text: string, document: DocumentNode, variants: number): CachedDocument<Context> {
    const known = this.documents.get(text);
    if (known !== undefined) return known;
    // An upper bound: each operation has at most as many fields as the largest, and there are at most as many as definitions.
    const fields = measureDocument(this.schema, document).fields * document.definitions.length * variants;
    const bytes = text.length * BYTES.character + tokensOf(document) * BYTES.token + fields * BYTES.field;
    const added = { plans: new Map(), bytes };
    this.documents.set(text, added);
    this.bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.documents) {
      if (this.bytes <= this.maxBytes) break;
      this.documents.delete(oldest);
      this.bytes -= freed;
    }
    return added;
  }
}

/** Comments are counted, too: the syntax tree refers to every token. */
function tokensOf({ loc }: DocumentNode): number {
  let count = 0;
  for (let token = loc?.startToken ?? null; token !== null; token = token.next) count += 1;
  return count;
}
