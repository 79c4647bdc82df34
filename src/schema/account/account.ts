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
  description: 'The role of an account, which decides what it may do.',
  valuesConfig: {
    USER: { description: 'A customer, who may use their own account.' },
    SUPPORT: { description: 'Staff who help customers.' },
    DPO: { description: 'A data protection officer, who decides rights requests.' },
    ADMIN: { description: 'Staff who manage the allowlist, the VPN nodes, the campaigns and the staff.' },
  },
});

@ObjectType({ description: 'A person’s access to the product.', implements: Node, simpleResolvers: true })
export class Account {
  @Field(() => ID, { description: 'The id of the account. It is random.' })
  id!: string;

  @Field(() => String, { description: 'The e-mail address, in lower case.' })
  email!: string;

  @Field(() => RoleEnum, { description: 'The role of the account.' })
  role!: Role;

  @Field(() => String, { nullable: true, description: 'The display name. It is null when none was given.' })
  name!: string | null;

  @Field(() => Locale, { description: 'The language of mails to the person.' })
  locale!: Locale;

  @Field(() => String, {
    nullable: true,
    description:
      'The country of residence (ISO 3166-1 alpha-2). It is null when the person was never asked for it.',
  })
  country!: string | null;

  @Field(() => Int, {
    description: 'The version of the profile. Each change increases it, and `updateProfile` requires it.',
  })
  version!: number;
}

/** Its fields have resolvers; the object itself is empty. */
@ObjectType({ description: 'The signed-in person.' })
export class Viewer {}
