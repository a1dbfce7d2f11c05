import * as z from "zod";

import { LOCATIONS, OLDER_LOCATIONS } from "../locations.ts";
import { checkName } from "../names.ts";
import type { GroupRecord } from "../records.ts";
import { isProtected, Refusal } from "../refusal.ts";
import { param, readBody } from "./body.ts";
import type { Call, Platform, Route } from "./route.ts";
import { mintFor } from "./sql-tokens.ts";

const GROUPS = "/v1/organizations/{org}/groups";
const GROUP = `${GROUPS}/{group}`;

const creationSchema = z.object({ name: z.string(), location: z.string() });
const changeSchema = z.object({ delete_protection: z.boolean().nullish() });

/** The operations on groups. */
export function groupRoutes({ groups, databases, switches, clock }: Platform): Route[] {
  const describe = (group: GroupRecord) => shown(group, switches.read("barePrimary"));
  const isOffered = (location: string) =>
    Object.hasOwn(LOCATIONS, location) || (switches.read("olderLocations") && OLDER_LOCATIONS.includes(location));
  const named = ({ params }: Call) => groups.get(param(params, "group"));
  return [
    {
      method: "GET",
      path: GROUPS,
      needs: "read",
      handle({ caller }) {
        const seen = groups.list().filter(({ name }) => caller.group === undefined || name === caller.group);
        return { groups: seen.map(describe) };
      },
    },
    {
      method: "POST",
      path: GROUPS,
      needs: "organization",
      handle({ body }) {
        const { name, location } = readBody(creationSchema, body);
        checkName(name);
        if (!isOffered(location)) throw new Refusal(400, `invalid location: ${location}`);
        if (groups.isTaken(name)) throw new Refusal(409, "group already exists");
        return { group: describe(groups.create(name, location)) };
      },
    },
    { method: "GET", path: GROUP, needs: "read", handle: (call) => ({ group: describe(named(call)) }) },
    {
      method: "DELETE",
      path: GROUP,
      needs: "organization",
      async handle(call) {
        const group = named(call);
        const hasProtected = databases
          .list()
          .some((record) => record.group === group.name && record.configuration.delete_protection);
        if (group.deleteProtection || hasProtected)
          throw isProtected(switches, `group ${group.name} or a database in it`);
        await groups.remove(group.name);
        return { group: describe(group) };
      },
    },
    {
      method: "GET",
      path: `${GROUP}/configuration`,
      needs: "read",
      handle: (call) => ({ delete_protection: named(call).deleteProtection }),
    },
    {
      method: "PATCH",
      path: `${GROUP}/configuration`,
      needs: "group:configure",
      handle(call) {
        const { name, deleteProtection } = named(call);
        const { delete_protection } = readBody(changeSchema, call.body);
        groups.protect(name, delete_protection ?? deleteProtection);
        return { delete_protection: groups.get(name).deleteProtection };
      },
    },
    {
      method: "POST",
      path: `${GROUP}/auth/tokens`,
      needs: "group:mint-token",
      handle(call) {
        const { id, signingKey } = named(call);
        return mintFor(call, signingKey, { gid: id }, clock());
      },
    },
    {
      method: "POST",
      path: `${GROUP}/auth/rotate`,
      needs: "group:rotate-creds",
      handle: (call) => databases.rotateGroup(named(call).name),
    },
    {
      method: "POST",
      path: `${GROUP}/unarchive`,
      needs: "group:configure",
      // Nothing is ever archived here.
      handle: (call) => ({ group: describe(named(call)) }),
    },
  ];
}

function shown({ name, id, location, deleteProtection }: GroupRecord, isBare: boolean) {
  return {
    name,
    uuid: id,
    locations: [location],
    primary: isBare ? location.replace(/^aws-/, "") : location,
    delete_protection: deleteProtection,
  };
}
