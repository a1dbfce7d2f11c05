import * as z from "zod";

const digestSchema = z.object({
  steps: z.array(
    z.object({ op: z.string(), urn: z.string(), detailedDiff: z.record(z.string(), z.unknown()).nullish() }),
  ),
});

/** What is different at a vendor: by resource (`tigris:Bucket acme`) the settings that differ, or `gone`. */
export type Found = Readonly<Record<string, readonly string[] | "gone">>;

/** What `pulumi refresh --preview-only --json` names. */
export function foundByRefresh(digest: string): Found {
  const { steps } = digestSchema.parse(JSON.parse(digest));
  const found: Record<string, readonly string[] | "gone"> = {};
  for (const { op, urn, detailedDiff } of steps) {
    const settings = Object.keys(detailedDiff ?? {}).sort();
    // An unchanged resource is a step "refresh" without differences.
    if (op === "refresh" && settings.length === 0) continue;
    found[resourceOf(urn)] = op === "delete" ? "gone" : settings;
  }
  return found;
}

/** What `pulumi preview --json` would do, by resource: the operation and the settings that differ. */
export function plannedSteps(digest: string): Readonly<Record<string, string>> {
  const { steps } = digestSchema.parse(JSON.parse(digest));
  const changes = steps.filter(({ op }) => op !== "same");
  return Object.fromEntries(
    changes.map(({ op, urn, detailedDiff }) => [
      resourceOf(urn),
      [op, ...Object.keys(detailedDiff ?? {}).sort()].join(" "),
    ]),
  );
}

/** `tigris:Bucket acme`, from a URN. */
function resourceOf(urn: string): string {
  const [, , types = "", name = ""] = urn.split("::");
  return `${(types.split("$").at(-1) ?? "").replace("tenantry:", "")} ${name}`;
}
