import { describe, expect, it } from 'vitest';
import { openApi } from '../../src/app/api.js';
import { buildGuardedSchema } from '../../src/graphql/guards/guarded-schema.js';
import { proveGuards } from '../../src/graphql/guards/prove-guards.js';
import { buildOpenSchema } from '../../src/resolvers/build-schema.js';

describe('the guards', () => {
  it('are attached to every root field of the schema that is served', async () => {
    await expect(proveGuards(buildGuardedSchema(openApi(), () => {}))).resolves.toBeUndefined();
  });

  it('are proved at startup: a field without its guard is reported', async () => {
    const guarded = buildGuardedSchema(openApi(), () => {});
    const open = buildOpenSchema();
    const unguarded = [
      [guarded.getQueryType()!, open.getQueryType()!, 'viewer'],
      [guarded.getMutationType()!, open.getMutationType()!, 'signOut'],
      [guarded.getSubscriptionType()!, open.getSubscriptionType()!, 'networksChanged'],
    ] as const;
    for (const [type, source, name] of unguarded) {
      const [field, bare] = [type.getFields()[name]!, source.getFields()[name]!];
      field.resolve = bare.resolve!;
      if (bare.subscribe !== undefined) field.subscribe = bare.subscribe;
    }
    await expect(proveGuards(guarded)).rejects.toThrow(
      'no guard is attached to Query.viewer, Mutation.signOut, Subscription.networksChanged',
    );
  });
});
