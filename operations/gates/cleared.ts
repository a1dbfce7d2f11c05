import { TenantryError } from "../../errors/tenantry-error.ts";
import type { Made } from "./scratch-tenants.ts";
import type { VendorCalls } from "./vendor-calls.ts";

/** What goes first: what uses the others. */
const ORDER: readonly Made["kind"][] = ["app", "key", "policy", "bucket", "database", "group"];

/** Removes what a run made, and only that; answers what is left. What is gone already is fine. */
export async function cleared(calls: VendorCalls, all: readonly Made[]): Promise<string[]> {
  const left: string[] = [];
  for (const kind of ORDER) {
    for (const { name } of all.filter((each) => each.kind === kind)) {
      try {
        await untilAnswered(() => REMOVALS[kind](calls, name));
      } catch (error) {
        if (!(error instanceof TenantryError)) throw error;
        if (error.context.status !== 404 && error.context.status !== 400)
          left.push(`${kind} ${name}: ${error.message}`);
      }
    }
  }
  return left;
}

/** How often a removal is asked for that gets no answer. */
const PATIENCE = 10;

/** A bucket of many files is emptied for longer than an answer is awaited: the next question finds it gone. */
async function untilAnswered(remove: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await remove();
      return;
    } catch (error) {
      if (!(error instanceof TenantryError) || error.context.status !== 0 || attempt === PATIENCE) throw error;
    }
  }
}

type Removal = (calls: VendorCalls, name: string) => Promise<unknown>;

const REMOVALS: Readonly<Record<Made["kind"], Removal>> = {
  app: ({ fly }, name) => fly("DELETE", `/apps/${name}?force=true`),
  key: ({ iam }, name) => iam("DeleteAccessKey", { AccessKeyId: name }),
  policy: async ({ iam }, name) => {
    const { ListPoliciesResult } = (await iam("ListPolicies", { MaxItems: "1000" })) as {
      ListPoliciesResult: { Policies: readonly { PolicyName: string; Arn: string }[] };
    };
    const arn = ListPoliciesResult.Policies.find((each) => each.PolicyName === name)?.Arn;
    return arn === undefined ? undefined : iam("DeletePolicy", { PolicyArn: arn });
  },
  // The bucket is this run's own, by its name, and only throw-away files are in it.
  bucket: ({ s3 }, name) => s3("DELETE", `/${name}`, undefined, { "tigris-force-delete": "true" }),
  database: ({ turso }, name) => turso("DELETE", `/databases/${name}`),
  group: ({ turso }, name) => turso("DELETE", `/groups/${name}`),
};
