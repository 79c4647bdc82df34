// GraphQL types of accounts: the viewer, and signing up.
import { Field, ID, InputType, ObjectType, registerEnumType } from 'type-graphql';
import type { Role } from '../entities/account.js';
import { UserError } from './errors.js';

const RoleEnum = { USER: 'user', SUPPORT: 'support', DPO: 'dpo', ADMIN: 'admin' } as const satisfies Record<
  string,
  Role
>;

registerEnumType(RoleEnum, {
  name: 'Role',
  description: 'What an account may do.',
  valuesConfig: {
    USER: { description: 'A customer: their own account and addresses.' },
    SUPPORT: { description: 'Staff: helps customers.' },
    DPO: { description: 'Staff: the data protection officer.' },
    ADMIN: { description: 'Staff: the whole allowlist, too.' },
  },
});

@ObjectType({ description: 'A person’s access to the product.', simpleResolvers: true })
export class Account {
  @Field(() => ID, { description: 'Random; tells nothing about the account.' })
  id!: string;

  @Field(() => String, { description: 'In lower case.' })
  email!: string;

  @Field(() => RoleEnum, { description: 'What the account may do.' })
  role!: Role;
}

/** Its fields have resolvers; the object itself is empty. */
@ObjectType({ description: 'The signed-in person.' })
export class Viewer {}

@InputType({ description: 'An account to be made.' })
export class SignUpInput {
  @Field(() => String, { description: 'At most 254 octets. Upper and lower case are the same.' })
  email!: string;

  @Field(() => String, {
    description: '15 to 256 characters, any of Unicode; not the e-mail address.',
  })
  password!: string;
}

@ObjectType({
  description: 'The same whether or not the e-mail address had an account.',
  simpleResolvers: true,
})
export class SignUpPayload {
  @Field(() => [UserError], { description: 'Empty when the input was accepted.' })
  userErrors!: UserError[];
}
