// The operations that have been served: each is found by its text, with the plan that runs it. What is found was
// validated once, for the schema that is served.
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { measureDocument } from './limits.js';
import { type Plan, planOperation } from './plan.js';

/** Fields in all plans together. Some hundred octets each; all of the client's operations have a few thousand. */
const MAX_FIELDS = 100_000;

/** By the name that a request gives, which may be none. */
type Plans<Context> = Map<string | undefined, Plan<Context>>;

interface KnownDocument<Context> {
  readonly plans: Plans<Context>;
  readonly fields: number;
}

export class KnownOperations<Context> {
  /** The one that was asked for last stands last. */
  private readonly documents = new Map<string, KnownDocument<Context>>();
  private fields = 0;

  constructor(private readonly schema: GraphQLSchema) {}

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
    this.keep(text, document).plans.set(operationName, plan);
    return plan;
  }

  private keep(text: string, document: DocumentNode): KnownDocument<Context> {
    const known = this.documents.get(text);
    if (known !== undefined) return known;
    // None of the document's operations, which are no more than its definitions, has more fields than the greatest of them.
    const { fields } = measureDocument(this.schema, document);
    const kept = { plans: new Map(), fields: fields * document.definitions.length };
    this.documents.set(text, kept);
    this.fields += kept.fields;
    for (const [oldest, { fields: gone }] of this.documents) {
      if (this.fields <= MAX_FIELDS) break;
      this.documents.delete(oldest);
      this.fields -= gone;
    }
    return kept;
  }
}
