// GraphQL types of staff: the people who run the product.
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Role } from '../../entities/account/account.js';
import { RoleEnum } from '../account/account.js';
import { connectionOf, edgeOf, PageArgs } from '../connection.js';
import { Payload, payloadOf } from '../payload.js';

@ObjectType({ description: 'A person who runs the product.', simpleResolvers: true })
class StaffMember {
  @Field(() => ID, { description: 'The id of the person’s account.' })
  accountId!: string;

  @Field(() => String, { description: 'The e-mail address of the account.' })
  email!: string;

  @Field(() => RoleEnum, { description: 'The role of the account.' })
  role!: Role;

  @Field(() => Boolean, {
    description: 'Whether the account has a second factor. Without one it cannot use its role.',
  })
  secondFactorEnabled!: boolean;

  @Field(() => Int, { description: 'The number of open rights requests that the person has taken.' })
  openRightsRequests!: number;
}

@ObjectType({ description: 'A member of staff in a list.', simpleResolvers: true })
class StaffMemberEdge extends edgeOf(StaffMember) {}

@ObjectType({ description: 'A page of staff.', simpleResolvers: true })
export class StaffMemberConnection extends connectionOf(StaffMemberEdge) {}

@ArgsType()
export class StaffArgs extends PageArgs {
  @Field(() => RoleEnum, {
    nullable: true,
    description: 'Only staff with this role. The default is all staff.',
  })
  role?: Role | null;
}

@InputType({ description: 'The input of `removeStaff`.' })
export class RemoveStaffInput {
  @Field(() => ID, { description: 'The id or the e-mail address of the account.' })
  account!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description:
      'Whether the account is closed too, as by `closeAccount`. Otherwise it becomes a customer’s account.',
  })
  closeAccount!: boolean;
}

@ObjectType(payloadOf('removeStaff'))
export class RemoveStaffPayload extends Payload {}
