import { z } from 'zod';
import { type Fetch, getJson } from '../lib/http.ts';
import { visible } from '../lib/visible.ts';

/** What the Hub says of a token. */
export interface TokenOwner {
  readonly name: string;
  readonly organisations: readonly string[];
  /** `read`, `write`, `fineGrained`, …; null where the Hub does not say. */
  readonly role: string | null;
  /** Of a fine-grained token, with the user, organisation or repository it holds for (null: everywhere); null: the role decides. */
  readonly permissions: readonly { readonly permission: string; readonly on: string | null }[] | null;
}

const Names = z.array(z.string()).catch([]);
const Scope = z.object({ entity: z.object({ name: z.string() }).nullish().catch(null), permissions: Names });
const AccessToken = z.object({
  role: z.string(),
  fineGrained: z
    .object({ global: Names, scoped: z.array(Scope).catch([]) })
    .nullish()
    .catch(null),
});
const WhoAmI = z.object({
  name: z.string(),
  orgs: z.array(z.object({ name: z.string() })).catch([]),
  auth: z
    .object({ accessToken: AccessToken.nullish().catch(null) })
    .nullish()
    .catch(null),
});

/** Asks the Hub whose token it is. @returns null for an answer that makes no sense; a status of 401 means the Hub does not know it */
export async function whoami(
  hubEndpoint: string,
  token: string,
  fetch: Fetch,
  signal: AbortSignal,
): Promise<{ readonly owner: TokenOwner } | { readonly status: number | null; readonly message: string }> {
  const headers = { authorization: `Bearer ${token}` };
  const answer = await getJson(`${hubEndpoint}/api/whoami-v2`, { fetch, headers }, signal);
  if (!answer.ok) return answer;
  const parsed = WhoAmI.safeParse(answer.value);
  if (!parsed.success) return { status: null, message: 'the answer names nobody' };

  const { name, orgs, auth } = parsed.data;
  const granted = auth?.accessToken?.fineGrained;
  const permissions = granted && [
    ...granted.global.map((permission) => ({ permission, on: null })),
    ...granted.scoped.flatMap(({ entity, permissions }) =>
      permissions.map((permission) => ({ permission, on: entity?.name ?? null })),
    ),
  ];
  return {
    owner: {
      name: visible(name).slice(0, 100),
      organisations: orgs.map((org) => org.name),
      role: auth?.accessToken ? visible(auth.accessToken.role).slice(0, 30) : null,
      permissions: permissions ?? null,
    },
  };
}
