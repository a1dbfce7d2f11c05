import * as z from "zod";

import type { Serving } from "../http/serving.ts";
import { CREATE_LIMIT_MS, ORGANIZATION, type TursoApi } from "./api.ts";
import { groupLocation } from "./location.ts";

/** A group as the platform API answers it. */
export interface Group {
  readonly name: string;
  /** A location code like `aws-us-east-1`. */
  readonly location: string;
}

/** Calls for groups. */
export interface GroupCalls {
  group(name: string, serving: Serving): Promise<Group | undefined>;
  groupProtection(name: string, serving: Serving): Promise<boolean | undefined>;
  createGroup(group: Group, serving: Serving): Promise<void>;
  protectGroup(name: string, on: boolean, serving: Serving): Promise<void>;
  deleteGroup(name: string, serving: Serving): Promise<void>;
  /** All groups of the organisation. */
  groups(serving: Serving): Promise<Group[]>;
}

const groupShown = z
  .object({ name: z.string(), primary: z.string(), locations: z.array(z.string()).nullish() })
  .transform(({ name, primary, locations }): Group => ({
    name,
    location: groupLocation({ primary, locations: locations ?? [] }),
  }));
const groupAnswer = z.object({ group: groupShown });
const groupsAnswer = z.object({ groups: z.array(groupShown).nullish() });
const groupConfigurationAnswer = z.object({ delete_protection: z.boolean().nullish() });

const GROUPS = `${ORGANIZATION}/groups`;
const GROUP = `${GROUPS}/{group}`;

/** The calls for groups. Source: Turso's platform API, /v1/organizations/{org}/groups. */
export function groupCalls(
  api: TursoApi,
  { timeoutMs = CREATE_LIMIT_MS }: { readonly timeoutMs?: number } = {},
): GroupCalls {
  const one = (name: string, serving: Serving) => ({
    path: api.path("groups", name),
    resource: `group ${name}`,
    ...serving,
  });
  const settingsOf = (name: string, serving: Serving) => ({
    ...one(name, serving),
    path: api.path("groups", name, "configuration"),
  });
  return {
    async group(name, serving) {
      const call = { operation: `GET ${GROUP}`, method: "GET", ...one(name, serving) } as const;
      return (await api.find(call, groupAnswer))?.group;
    },
    async groups(serving) {
      const path = api.path("groups");
      const call = { operation: `GET ${GROUPS}`, method: "GET", path, resource: "groups", ...serving } as const;
      return (await api.ask(call, groupsAnswer)).groups ?? [];
    },
    async groupProtection(name, serving) {
      const call = { operation: `GET ${GROUP}/configuration`, method: "GET", ...settingsOf(name, serving) } as const;
      const found = await api.find(call, groupConfigurationAnswer);
      return found === undefined ? undefined : (found.delete_protection ?? false);
    },
    createGroup: ({ name, location }, serving) =>
      api.tell({
        operation: `POST ${GROUPS}`,
        method: "POST",
        ...one(name, serving),
        path: api.path("groups"),
        json: { name, location },
        timeoutMs,
      }),
    protectGroup: (name, on, serving) =>
      api.tell({
        operation: `PATCH ${GROUP}/configuration`,
        method: "PATCH",
        json: { delete_protection: on },
        idempotent: true,
        ...settingsOf(name, serving),
      }),
    deleteGroup: (name, serving) =>
      api.remove({ operation: `DELETE ${GROUP}`, method: "DELETE", ...one(name, serving) }),
  };
}
