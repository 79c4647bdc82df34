// The register of processors, open to anyone.
import { Ctx, Query, Resolver } from 'type-graphql';
import type { Context } from '../schema/context.js';
import { Processor } from '../schema/processor.js';

@Resolver()
export class ProcessorResolver {
  @Query(() => [Processor], {
    description: 'Everybody to whom our software sends data: who, why, which fields, from which platforms.',
  })
  processors(@Ctx() { services }: Context): readonly Processor[] {
    return services.processors.processors;
  }
}
