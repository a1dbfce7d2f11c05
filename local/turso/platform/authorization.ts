import * as z from "zod";

import { withFoldedNames } from "../../folded-names.ts";
import { Refusal } from "../refusal.ts";
import type { Call, Need, Platform } from "./route.ts";

/** Throws a 403 unless the caller may do this to what the call names. */
export function authorize(platform: Platform, need: Need, call: Call): void {
  const { caller } = call;
  if (caller.group === undefined || need === "anybody") return;
  if (need === "organization") throw new Refusal(403, "this token is restricted to a group");
  if (caller.scopes?.includes(need) !== true) throw new Refusal(403, `this token lacks the scope ${need}`);
  const group = groupOf(platform, call);
  if (group !== undefined && group !== caller.group)
    throw new Refusal(403, `this token is restricted to group ${caller.group}`);
}

const namedGroup = z.object({ group: z.string() });

/** The group that a call is about; undefined for a list, which only shows the caller's group, and for what is not there. */
function groupOf({ databases }: Platform, { params, body }: Call): string | undefined {
  if (params["group"] !== undefined) return params["group"];
  if (params["database"] !== undefined) return databases.find(params["database"])?.group;
  return namedGroup.safeParse(withFoldedNames(namedGroup, body)).data?.group;
}
