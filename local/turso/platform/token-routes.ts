import * as z from "zod";

import { type ApiToken, SCOPE_NAMES } from "../api-tokens.ts";
import { ORGANIZATION } from "../names.ts";
import { noGroup, Refusal } from "../refusal.ts";
import { param, readBody } from "./body.ts";
import type { Platform, Route } from "./route.ts";

const creationSchema = z.object({
  organization: z.string().optional(),
  group: z.string().optional(),
  scopes: z.array(z.enum(SCOPE_NAMES)).optional(),
});

/** The operations on tokens of the Platform API itself. */
export function tokenRoutes({ tokens, groups, clock }: Platform): Route[] {
  // The tokens of the embedded cloud never expire.
  const validate = () => ({ exp: -1 });
  return [
    { method: "GET", path: "/v1/auth/validate", needs: "anybody", handle: validate },
    // Not in the vendor's document, but where its SDK asks.
    { method: "GET", path: "/v1/auth/api-tokens/validate", needs: "anybody", handle: validate },
    {
      method: "GET",
      path: "/v1/auth/api-tokens",
      needs: "organization",
      handle: () => ({ tokens: tokens.list().map(describe) }),
    },
    {
      method: "POST",
      path: "/v1/auth/api-tokens/{token}",
      needs: "organization",
      handle({ params, body }) {
        const { organization, group, scopes } = readBody(creationSchema, body);
        if (organization !== undefined && organization !== ORGANIZATION)
          throw new Refusal(404, "organization not found");
        if (group !== undefined && (organization === undefined || scopes === undefined || scopes.length === 0))
          throw new Refusal(400, "group requires organization and a non-empty list of scopes");
        if (group === undefined && scopes !== undefined) throw new Refusal(400, "scopes require a group");
        if (group !== undefined && groups.find(group) === undefined) throw noGroup();
        const reach = {
          ...(organization === undefined ? {} : { organization }),
          ...(group === undefined ? {} : { group }),
        };
        const { token, record } = tokens.create(param(params, "token"), reach, scopes, clock());
        return { name: record.name, id: record.id, token };
      },
    },
    {
      method: "DELETE",
      path: "/v1/auth/api-tokens/{token}",
      needs: "organization",
      handle({ params }) {
        const name = param(params, "token");
        tokens.revoke(name);
        return { token: name };
      },
    },
    {
      method: "GET",
      path: "/v1/organizations/{org}/api-tokens",
      needs: "organization",
      handle: () => ({
        tokens: tokens
          .list()
          .filter(({ organization }) => organization === ORGANIZATION)
          .map(describe),
      }),
    },
    {
      method: "DELETE",
      path: "/v1/organizations/{org}/api-tokens/{tokenId}",
      needs: "organization",
      handle({ params }) {
        const id = param(params, "tokenId");
        const record = tokens.list().find((token) => token.id === id && token.organization === ORGANIZATION);
        if (record === undefined) throw new Refusal(404, "could not find token");
        tokens.revoke(record.name);
        return { token: id };
      },
    },
  ];
}

function describe({ name, id, organization, group, scopes, createdAt }: ApiToken) {
  return {
    name,
    id,
    ...(organization === undefined ? {} : { organization }),
    ...(group === undefined ? {} : { group }),
    ...(scopes === undefined ? {} : { scopes }),
    created_at: createdAt,
  };
}
