import { TenantryError } from "../../errors/tenantry-error.ts";
import { note } from "../../output/terminal.ts";
import type { StackContext } from "../../stack/context.ts";
import { parseEntry } from "./entry.ts";
import { historyLog } from "./open-log.ts";

/** After that an unfinished restore blocks nothing: it was killed and abandoned. */
const LONGEST_MS = 86_400_000;

/** Tenants of which a restore was begun within a day and has not ended, each with since when and by whom. Pure. */
export function restoresIn(lines: readonly string[], now: Date): ReadonlyMap<string, string> {
  const open = new Map<string, string>();
  for (const line of lines) {
    const { kind, tenant, time = "", actor = "" } = parseEntry(line) ?? {};
    if (tenant === undefined) continue;
    if (kind === "restored") open.delete(tenant);
    if (kind === "restoring" && now.getTime() - Date.parse(time) < LONGEST_MS)
      open.set(tenant, `under restore since ${time.slice(0, 16).replace("T", " ")} UTC by ${actor}`);
  }
  return open;
}

/** The same of a stack; nobody, and that is told, where its history cannot be read. */
export async function restoresUnderWay(context: StackContext, now: Date): Promise<ReadonlyMap<string, string>> {
  try {
    return restoresIn(await historyLog(context).lines(), now);
  } catch (error) {
    if (!(error instanceof TenantryError)) throw error;
    note(error.message);
    return new Map();
  }
}
