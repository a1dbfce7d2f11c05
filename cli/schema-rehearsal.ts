import type { Look } from "../operations/review/planned-stack.ts";
import { during } from "../output/progress.ts";
import { note } from "../output/terminal.ts";
import { clockFrom } from "../provider/clock.ts";
import type { StackContext } from "../stack/context.ts";
import { declaredFleet } from "../stack/declared-fleet.ts";
import { interruptible } from "./interruptible.ts";

/**
 * Tries on clones what is due for databases that exist, before `up` touches anything of anybody. Where no tenant declares a
 * schema, it asks nobody. Throws SCHEMA_REHEARSAL_FAILED.
 */
export async function rehearseSchemas(context: StackContext, meant: Look["tenants"]): Promise<void> {
  const tenants = declaredFleet(context).tenants.filter(({ id }) => meant === "all" || meant.includes(id));
  if (!tenants.some(({ database }) => database.engine === "turso" && database.schema !== undefined)) return;
  const [{ rehearsedIn, schemasOf }, { rehearsalLines }] = await Promise.all([
    import("../operations/schema/of-stack.ts"),
    import("../operations/schema/shown.ts"),
  ]);
  const now = () => clockFrom(process.env)();
  const rehearsals = await during(`schemas of ${context.stack}`, (tell) =>
    interruptible(async (signal) =>
      rehearsedIn(context, await schemasOf(context, tenants, signal), { tell, signal, now }),
    ),
  );
  for (const line of rehearsalLines(rehearsals)) note(line);
}
