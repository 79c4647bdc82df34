// GraphQL types of accounts.
import { Field, ID, Int, ObjectType, registerEnumType } from 'type-graphql';
import type { Role } from '../../entities/account/account.js';
import { Node } from '../node.js';
import { Locale } from './language.js';

export const RoleEnum = {
  USER: 'user',
  SUPPORT: 'support',
  DPO: 'dpo',
  ADMIN: 'admin',
} as const satisfies Record<string, Role>;

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

@ObjectType({ description: 'A person’s access to the product.', implements: Node, simpleResolvers: true })
export class Account {
  @Field(() => ID, { description: 'Random; tells nothing about the account.' })
  id!: string;

  @Field(() => String, { description: 'In lower case.' })
  email!: string;

  @Field(() => RoleEnum, { description: 'What the account may do.' })
  role!: Role;

  @Field(() => String, { nullable: true, description: 'What the person wants to be called.' })
  name!: string | null;

  @Field(() => Locale, { description: 'The language of mails to the person.' })
  locale!: Locale;

  @Field(() => String, {
    nullable: true,
    description: 'Where the person lives (ISO 3166-1 alpha-2); null when they were never asked.',
  })
  country!: string | null;

  @Field(() => Int, { description: 'Goes up with each change of the profile; `updateProfile` asks for it.' })
  version!: number;
}

/** Its fields have resolvers; the object itself is empty. */
@ObjectType({ description: 'The signed-in person.' })
export class Viewer {}
