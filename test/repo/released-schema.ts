// What has changed since the release whose schema is schema.released.graphql, for those who wrote their operations then.
import {
  buildASTSchema,
  type DirectiveNode,
  type DocumentNode,
  findBreakingChanges,
  findDangerousChanges,
  GraphQLSchema,
  isObjectType,
  Kind,
  parse,
  visit,
} from 'graphql';
import { type Day, parseDay } from '../../src/lib/calendar.js';

export interface SchemaChanges {
  readonly breaking: readonly string[];
  /** Such as a new value of an enum: they break operations that were written as if there could never be one. */
  readonly dangerous: readonly string[];
}

/** What was deprecated until a day that has come is promised no more, and may be gone. */
export function changesSince(released: string, built: GraphQLSchema, today: Day): SchemaChanges {
  const before = reachable(buildASTSchema(stillPromised(parse(released), today)));
  const told = (changes: readonly { description: string }[]) =>
    changes.map(({ description }) => description).sort();
  return {
    breaking: told(findBreakingChanges(before, built)),
    dangerous: told(findDangerousChanges(before, built)),
  };
}

/** The day that the reason of a deprecation names; null when it names none. */
export function dayOfDeprecation(reason: string): Day | null {
  return parseDay(/\b\d{4}-\d{2}-\d{2}\b/.exec(reason)?.[0] ?? '');
}

function stillPromised(document: DocumentNode, today: Day): DocumentNode {
  const isOver = ({ name, arguments: args }: DirectiveNode) => {
    const reason = args?.find((argument) => argument.name.value === 'reason')?.value;
    if (name.value !== 'deprecated' || reason?.kind !== Kind.STRING) return false;
    const day = dayOfDeprecation(reason.value);
    return day !== null && day <= today;
  };
  return visit(document, {
    enter: (node) => ('directives' in node && node.directives?.some(isOver) ? null : undefined),
  });
}

/** Types that only something led to that is gone by now may be gone with it. */
function reachable(schema: GraphQLSchema): GraphQLSchema {
  const { query, mutation, subscription } = schema.toConfig();
  const types = Object.values(schema.getTypeMap()).filter(
    (type) => isObjectType(type) && type.getInterfaces().length > 0,
  );
  return new GraphQLSchema({ query, mutation, subscription, types });
}
