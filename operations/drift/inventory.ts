import { OWNER_TAG } from "../../resource-kinds/claim.ts";
import { flyClient } from "../../provider/fly/client.ts";
import type { FlyApp } from "../../provider/fly/app-calls.ts";
import type { Listed, ListedMachine, ListedVolume } from "../../provider/fly/organization-calls.ts";
import { VendorError } from "../../provider/http/vendor-error.ts";
import { tigrisClient } from "../../provider/tigris/client.ts";
import type { ListedKey, ListedPolicy } from "../../provider/tigris/iam-calls.ts";
import { tursoClient } from "../../provider/turso/client.ts";
import type { Group } from "../../provider/turso/group-calls.ts";
import type { Accounts } from "../../stack/accounts.ts";
import type { BlindSpot } from "./report.ts";

/** What the organisation has at its vendors, created by anybody. */
export interface Inventory {
  /** Every bucket by name, with its owner's mark: undefined if it has none or was not read. */
  readonly buckets: ReadonlyMap<string, string | undefined>;
  readonly keys: readonly ListedKey[];
  readonly policies: readonly (ListedPolicy & {
    /** Ids of the keys it is attached to, of policies that were looked into. */
    readonly keys: readonly string[] | undefined;
  })[];
  readonly groups: readonly Group[];
  readonly databases: readonly { readonly name: string; readonly group: string }[];
  readonly apps: readonly FlyApp[];
  readonly machines: readonly ListedMachine[];
  readonly volumes: readonly ListedVolume[];
  /** What our credentials may not list, and hosts that did not answer. */
  readonly blind: readonly BlindSpot[];
  /** Lists that could not be read: what they would have shown is not known. */
  readonly failures: readonly string[];
}

/** What the inventory need not look into, because it is known. */
export interface Known {
  /** Whether a bucket of this name is declared, by any stack of the project: its mark is not read. */
  isDeclared(bucket: string): boolean;
  /** To how many of our keys a policy is attached; undefined for a policy that is not ours. */
  keysOf(policy: string): number | undefined;
}

/** Buckets whose tags are read; the marks of an organisation's further ones stay unknown. */
const MOST_BUCKETS = 500;

/**
 * Lists everything, at all vendors at the same time: one call per page and list, and one for each bucket that no file
 * declares. A list that our credentials may not see is a blind spot; one that failed, and a vendor that shows none, an error.
 */
export async function takeInventory(accounts: Accounts, known: () => Promise<Known>): Promise<Inventory> {
  const blind: BlindSpot[] = [];
  const failures: string[] = [];
  const listed = <Item>(aspect: string, work: Promise<readonly Item[]>) => unlessRefused(aspect, work, blind, failures);
  const atVendor = (vendor: string) => {
    const refusals: BlindSpot[] = [];
    let asked = 0;
    return {
      listed: <Item>(aspect: string, work: Promise<readonly Item[]>) => {
        asked += 1;
        return unlessRefused(aspect, work, refusals, failures);
      },
      // A vendor that refuses every list has not been looked at: that is no report, whatever the others say.
      tell() {
        if (refusals.length < asked) blind.push(...refusals);
        else failures.push(`${vendor} refuses our credentials: ${refusals[0]?.why ?? ""}`);
      },
    };
  };
  const [atTigris, atTurso, atFly] = [atVendor("Tigris"), atVendor("Turso"), atVendor("Fly")];
  const tigris = tigrisClient(accounts.tigris);
  const turso = tursoClient(accounts.turso);
  const fly = flyClient(accounts.fly);
  const everywhere = <Item>(what: string, { items, silentRegions }: Listed<Item>) => {
    if (silentRegions.length > 0) {
      blind.push({ aspect: `unmanaged ${what} in ${silentRegions.join(", ")}`, why: "hosts at Fly did not answer" });
    }
    return items;
  };
  const { organization } = accounts.fly;
  const [names, keys, policies, groups, databases, apps, machines, volumes] = await Promise.all([
    atTigris.listed("unmanaged buckets", tigris.buckets.names({})),
    atTigris.listed("unmanaged access keys", tigris.iam.keys({})),
    atTigris.listed("unmanaged policies", tigris.iam.policies({})),
    atTurso.listed("unmanaged database groups", turso.groups({})),
    atTurso.listed("unmanaged databases", turso.databases({})),
    atFly.listed("unmanaged apps", fly.appsOf(organization, {})),
    atFly.listed(
      "unmanaged machines",
      fly.machinesOf(organization, {}).then((list) => everywhere("machines", list)),
    ),
    atFly.listed(
      "unmanaged volumes",
      fly.volumesOf(organization, {}).then((list) => everywhere("volumes", list)),
    ),
  ]);
  for (const { tell } of [atTigris, atTurso, atFly]) tell();
  const { isDeclared, keysOf } = await known();
  const strangers = names.filter((name) => !isDeclared(name));
  if (strangers.length > MOST_BUCKETS) {
    const aspect = `the owner's mark on ${strangers.length - MOST_BUCKETS} buckets that no file declares`;
    blind.push({ aspect, why: `at most ${MOST_BUCKETS} of them are checked` });
  }
  const mark = async (name: string): Promise<[string, string | undefined]> => {
    const found = await tigris.buckets.tags(name, {});
    return [name, "tags" in found ? found.tags[OWNER_TAG] : undefined];
  };
  const lookInto = async (policy: ListedPolicy) => {
    const ours = keysOf(policy.name);
    const isAsExpected = ours === undefined || policy.attached === ours;
    return { ...policy, keys: isAsExpected ? undefined : await tigris.iam.keysWith(policy.name, {}) };
  };
  const [marks, looked] = await Promise.all([
    listed("the owner's mark on buckets", Promise.all(strangers.slice(0, MOST_BUCKETS).map(mark))),
    listed("keys that our policies are attached to", Promise.all(policies.map(lookInto))),
  ]);
  const buckets = new Map<string, string | undefined>(names.map((name) => [name, undefined]));
  for (const [name, found] of marks) buckets.set(name, found);
  return { buckets, keys, policies: looked, groups, databases, apps, machines, volumes, blind, failures };
}

async function unlessRefused<Item>(
  aspect: string,
  work: Promise<readonly Item[]>,
  blind: BlindSpot[],
  failures: string[],
): Promise<readonly Item[]> {
  try {
    return await work;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (VendorError.hasStatus(error, 401, 403)) {
      blind.push({ aspect, why: `our credentials may not list them: ${error.message.split("\n")[0] ?? ""}` });
    } else {
      failures.push(error.message);
    }
    return [];
  }
}
