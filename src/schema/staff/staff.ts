// GraphQL types of the people who run the product.
import { ArgsType, Field, ID, InputType, Int, ObjectType } from 'type-graphql';
import type { Role } from '../../entities/account/account.js';
import { RoleEnum } from '../account/account.js';
import { connectionOf, edgeOf, PageArgs } from '../connection.js';
import { UserError } from '../user-error.js';

@ObjectType({ description: 'Somebody who runs the product.', simpleResolvers: true })
class StaffMember {
  @Field(() => ID, { description: 'The account’s id.' })
  account!: string;

  @Field(() => String, { description: 'The account’s e-mail address.' })
  email!: string;

  @Field(() => RoleEnum, { description: 'What the account may do.' })
  role!: Role;

  @Field(() => Boolean, {
    description: 'Whether the account has a second factor; without one it can do nothing.',
  })
  secondFactor!: boolean;

  @Field(() => Int, { description: 'How many open rights requests the account has taken.' })
  openRequests!: number;
}

@ObjectType({ description: 'A member of staff, and their place in the list.', simpleResolvers: true })
class StaffMemberEdge extends edgeOf(StaffMember) {}

@ObjectType({ description: 'A page of staff, by e-mail address.', simpleResolvers: true })
export class StaffMemberConnection extends connectionOf(StaffMemberEdge) {}

@ArgsType()
export class StaffArgs extends PageArgs {
  @Field(() => RoleEnum, { nullable: true, description: 'Those of one role; without it, all of staff.' })
  role?: Role | null;
}

@InputType({ description: 'Somebody who does not run the product any more.' })
export class RemoveStaffInput {
  @Field(() => String, { description: 'The account’s id or its e-mail address.' })
  account!: string;

  @Field(() => Boolean, {
    defaultValue: false,
    description: 'Whether the account is closed, too, as by `closeAccount`; else it stays as a customer’s.',
  })
  close!: boolean;
}

@ObjectType({ description: 'Whether they are staff no more.', simpleResolvers: true })
export class RemoveStaffPayload {
  @Field(() => [UserError], { description: 'Empty when they are staff no more.' })
  userErrors!: UserError[];
}
