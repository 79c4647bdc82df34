// The operation limits: how much one operation may ask for. A fragment counts wherever it is spread, but is measured once, so
// that measuring a document costs no more than reading it.
import {
  type ASTNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isCompositeType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  type SelectionSetNode,
  visit,
} from 'graphql';

/** The size of an operation, with all fragments expanded. */
export interface Measure {
  /** Levels of fields. */
  readonly depth: number;
  readonly fields: number;
  /** Root fields of a mutation, which run one after the other. */
  readonly mutations: number;
  readonly aliases: number;
  readonly directives: number;
  /** The most on one node of the document, including nodes that belong to no operation. */
  readonly directivesOfOneNode: number;
  /** The most fields of one selection set that have the same response key. */
  readonly repeats: number;
  /** An estimate of the objects in the result: a page counts its maximum length, another list ten, and a long text 200. */
  readonly cost: number;
}

/**
 * For each operation. The client's own documents have at most depth 5, 66 fields and cost 4010; introspection has depth 15. The
 * only directives of an operation are `@skip` and `@include`, each at most once on a node.
 */
export const LIMITS: Measure = {
  depth: 15,
  fields: 1000,
  mutations: 5,
  aliases: 30,
  directives: 30,
  directivesOfOneNode: 3,
  repeats: 10,
  cost: 5000,
};

/** In the text of a document. The client's longest has 1070, and introspection some 2000. */
export const MAX_CHARACTERS = 16_384;

/** In a document. Bulk data belongs into variables. */
export const MAX_TOKENS = 2000;

/** The longest page of a connection. It counts where the length is a variable. */
const LONGEST_PAGE = 100;
/** Strings of some ten kilobytes, counted in objects of a hundred bytes. */
const LONG_TEXT = 200;
const LONG_TEXTS: ReadonlySet<string> = new Set(['PolicyVersion.text', 'PolicyVersion.diff']);
/** For lists whose length the document does not limit. */
const ORDINARY_LIST = 10;

const NOTHING: Measure = {
  depth: 0,
  fields: 0,
  mutations: 0,
  aliases: 0,
  directives: 0,
  directivesOfOneNode: 0,
  repeats: 0,
  cost: 0,
};

/** The name of a limit that an operation of the document exceeds, or null. The document need not be valid. */
export function exceededLimit(schema: GraphQLSchema, document: DocumentNode): keyof Measure | null {
  const measure = measureDocument(schema, document);
  const names = Object.keys(LIMITS) as (keyof Measure)[];
  return names.find((name) => measure[name] > LIMITS[name]) ?? null;
}

/** For each figure, the largest of all operations of the document. */
export function measureDocument(schema: GraphQLSchema, document: DocumentNode): Measure {
  const measurer = new Measurer(schema, document);
  let largest: Measure = { ...NOTHING, directivesOfOneNode: directivesOfOneNode(document) };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue;
    const root = schema.getRootType(definition.operation) ?? undefined;
    const measure = measurer.selection(definition.selectionSet, root);
    const directives = measure.directives + (definition.directives?.length ?? 0);
    const mutations = definition.operation === OperationTypeNode.MUTATION ? measure.mutations : 0;
    largest = larger(largest, { ...measure, directives, mutations });
  }
  return largest;
}

/** Over every node: validation reports each directive on unused fragments, variables and types, too. */
function directivesOfOneNode(document: DocumentNode): number {
  let most = 0;
  visit(document, {
    enter(node) {
      if ('directives' in node) most = Math.max(most, node.directives?.length ?? 0);
    },
  });
  return most;
}

class Measurer {
  private readonly fragments = new Map<string, FragmentDefinitionNode>();
  /** Undefined while a fragment is being measured: one that spreads itself counts nothing more, and validation refuses it. */
  private readonly measured = new Map<string, Measure | undefined>();

  constructor(
    private readonly schema: GraphQLSchema,
    document: DocumentNode,
  ) {
    for (const definition of document.definitions) {
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    }
  }

  /** Measures the selections in an object of the type, which is undefined when the schema has no such type. */
  selection({ selections }: SelectionSetNode, type: GraphQLNamedType | undefined): Measure {
    let sum = NOTHING;
    const named = new Map<string, number>();
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        const key = (selection.alias ?? selection.name).value;
        const repeats = (named.get(key) ?? 0) + 1;
        named.set(key, repeats);
        sum = together(sum, { ...this.field(selection, type), repeats });
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value;
        const inside = condition === undefined ? type : this.schema.getType(condition);
        sum = together(sum, withDirectives(this.selection(selection.selectionSet, inside), selection));
      } else {
        sum = together(sum, withDirectives(this.fragment(selection.name.value), selection));
      }
    }
    return sum;
  }

  private field(node: FieldNode, parent: GraphQLNamedType | undefined): Measure {
    const fields = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields() : {};
    const type = Object.hasOwn(fields, node.name.value) ? fields[node.name.value]!.type : undefined;
    const named = type === undefined ? undefined : getNamedType(type);
    const inside = node.selectionSet === undefined ? NOTHING : this.selection(node.selectionSet, named);
    // Caches add __typename to every selection. It is a leaf, though no type lists it.
    const isObject = isCompositeType(named) || (type === undefined && node.name.value !== '__typename');
    const objects = isObject ? 1 : 0;
    const text = LONG_TEXTS.has(`${parent?.name}.${node.name.value}`) ? LONG_TEXT : 0;
    return withDirectives(
      {
        depth: inside.depth + 1,
        fields: inside.fields + 1,
        mutations: 1,
        aliases: inside.aliases + (node.alias === undefined ? 0 : 1),
        directives: inside.directives,
        directivesOfOneNode: 0,
        repeats: inside.repeats,
        cost: text + objects * length(type, named, node) * (1 + inside.cost),
      },
      node,
    );
  }

  private fragment(name: string): Measure {
    if (this.measured.has(name)) return this.measured.get(name) ?? NOTHING;
    const definition = this.fragments.get(name);
    if (definition === undefined) return NOTHING;
    this.measured.set(name, undefined);
    const type = this.schema.getType(definition.typeCondition.name.value);
    const measure = withDirectives(this.selection(definition.selectionSet, type), definition);
    this.measured.set(name, measure);
    return measure;
  }
}

/** How many objects a field may return. A page counts the length that is asked for; its edges are counted with it. */
function length(
  type: GraphQLOutputType | undefined,
  named: GraphQLNamedType | undefined,
  node: FieldNode,
): number {
  if (named?.name.endsWith('Connection')) return pageLength(node);
  if (named?.name.endsWith('Edge')) return 1;
  return type !== undefined && isList(type) ? ORDINARY_LIST : 1;
}

function pageLength({ arguments: given = [] }: FieldNode): number {
  const lengths = given
    .filter(({ name }) => name.value === 'first' || name.value === 'last')
    .map(({ value }) => (value.kind === Kind.INT ? Number(value.value) : LONGEST_PAGE));
  return Math.max(1, Math.min(LONGEST_PAGE, ...(lengths.length === 0 ? [LONGEST_PAGE] : lengths)));
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}

function withDirectives(
  measure: Measure,
  { directives = [] }: Extract<ASTNode, { directives?: unknown }>,
): Measure {
  return { ...measure, directives: measure.directives + directives.length };
}

/** The measure of two selections of the same selection set. */
function together(one: Measure, other: Measure): Measure {
  return {
    depth: Math.max(one.depth, other.depth),
    fields: one.fields + other.fields,
    mutations: one.mutations + other.mutations,
    aliases: one.aliases + other.aliases,
    directives: one.directives + other.directives,
    directivesOfOneNode: Math.max(one.directivesOfOneNode, other.directivesOfOneNode),
    repeats: Math.max(one.repeats, other.repeats),
    cost: one.cost + other.cost,
  };
}

function larger(one: Measure, other: Measure): Measure {
  const names = Object.keys(one) as (keyof Measure)[];
  return Object.fromEntries(
    names.map((name) => [name, Math.max(one[name], other[name])]),
  ) as unknown as Measure;
}
