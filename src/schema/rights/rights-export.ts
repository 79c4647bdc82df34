// GraphQL types of the archive that answers a request for access or portability.
import { Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Day } from '../../lib/calendar.js';
import { DateScalar } from '../date.js';
import { UserError } from '../user-error.js';

@ObjectType({
  description: 'Everything that is kept about the person, as a ZIP file.',
  simpleResolvers: true,
})
export class RightsExport {
  @Field(() => Int, { description: 'How much of it is built, in percent.' })
  progress!: number;

  @Field(() => Int, { nullable: true, description: 'Its size; null until it is there.' })
  bytes!: number | null;

  @Field(() => DateScalar, {
    nullable: true,
    description: 'The last day on which it can be downloaded; null until it is there.',
  })
  expiresOn!: Day | null;
}

@InputType({ description: 'An archive of the viewer’s own.' })
export class DownloadExportInput {
  @Field(() => ID, { description: 'The request that it answers.' })
  id!: string;
}

@ObjectType({ description: 'Where the archive is, or why it is not.', simpleResolvers: true })
export class DownloadExportPayload {
  @Field(() => String, {
    nullable: true,
    description: 'A path at this API’s own host, good for five minutes; null when the input was refused.',
  })
  path!: string | null;

  @Field(() => [UserError], { description: 'Empty when the archive is there.' })
  userErrors!: UserError[];
}
