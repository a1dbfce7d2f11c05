import { printable } from "../../output/printable.ts";
import { shownWords } from "../../output/shown.ts";
import { OWNER_TAG } from "../../resource-kinds/claim.ts";
import { UNMANAGED_KINDS, type UnmanagedKind } from "../../resource-kinds/kinds.ts";
import type { Inventory } from "./inventory.ts";
import type { Managed } from "./managed.ts";
import {
  type Holder,
  holderOf,
  holderOfNetwork,
  isElsewhere,
  isOurGroup,
  type Stack,
  tenantNamed,
} from "./ownership.ts";
import type { BlindSpot, DriftFinding } from "./report.ts";

interface Stranger {
  readonly kind: UnmanagedKind;
  /** As the vendor knows it, and as a rule names it. */
  readonly id: string;
  readonly holder: Holder;
  readonly note?: string | undefined;
}

/** What exists at the vendors, is ours by mark or name, and no file declares. Pure. */
export function unmanagedIn(
  inventory: Inventory,
  managed: Managed,
  ours: Stack,
): { findings: DriftFinding[]; blind: BlindSpot[] } {
  const found = [
    ...buckets(inventory, ours),
    ...keys(inventory, managed, ours),
    ...policies(inventory, ours),
    ...groups(inventory, ours),
    ...databases(inventory, ours),
    ...apps(inventory, ours),
    ...inApps(inventory, managed, ours),
  ].filter(({ kind, id, holder }) => !managed.ids[kind].has(id) && !isElsewhere(holder, ours));
  const unclear = found.filter(({ holder }) => holder === "unclear");
  return {
    findings: found.flatMap(({ kind, id, holder, note }) =>
      typeof holder === "string"
        ? []
        : [
            {
              kind: "unmanaged" as const,
              tenant: holder.tenant,
              resource: UNMANAGED_KINDS[kind],
              id: printable(id),
              aspect: printable(`unmanaged.${kind}.${id}`),
              ...(note === undefined ? {} : { note: shownWords(note) }),
            },
          ],
    ),
    blind:
      unclear.length === 0
        ? []
        : [
            {
              aspect: `the owner of ${unclear.map(({ kind, id }) => `${UNMANAGED_KINDS[kind]} ${id}`).join(", ")}`,
              why: "the name has this stack's prefix, ends in a hash and has no mark, so it may belong to another stack",
            },
          ],
  };
}

function buckets(inventory: Inventory, ours: Stack): Stranger[] {
  return [...inventory.buckets].map(([id, mark]) => ({ kind: "bucket", id, holder: holderOf(id, mark, ours) }));
}

/** `tenantry_<bucket>_<purpose>_<mode>`, of a key with epoch and age behind it. */
const KEY_NAME = /^tenantry_([a-z0-9-]+)_[a-z0-9-]+_(?:rw|ro)(?:_e\d+_\w+)?$/;

function holderByBucket(name: string, { buckets: marks }: Inventory, ours: Stack): Holder {
  const bucket = KEY_NAME.exec(name)?.[1];
  return bucket === undefined ? "other" : holderOf(bucket, marks.get(bucket), ours);
}

/** Keys under our names, and keys of any name that open a bucket of ours: by a role, or by a policy of ours. */
function keys(inventory: Inventory, { ids }: Managed, ours: Stack): Stranger[] {
  const ourBuckets = (roles: readonly string[]) =>
    roles.flatMap((role) => {
      const bucket = role.slice(role.lastIndexOf(" on ") + " on ".length);
      return ids.bucket.has(bucket) ? [{ bucket, role }] : [];
    });
  const policyOf = (id: string) => inventory.policies.find(({ keys: of }) => of?.includes(id) === true)?.name;
  return inventory.keys.map(({ id, name, roles }) => {
    const [opened] = ourBuckets(roles);
    const policy = policyOf(id);
    const named = holderByBucket(name, inventory, ours);
    const called = `it is called ${JSON.stringify(name)}`;
    if (named !== "other") return { kind: "key", id, holder: named, note: called };
    if (opened !== undefined) {
      const holder = { tenant: tenantNamed(opened.bucket, ours) };
      return { kind: "key", id, holder, note: `${called} and has the role ${opened.role}` };
    }
    if (policy === undefined) return { kind: "key", id, holder: "other" };
    return {
      kind: "key",
      id,
      holder: holderByBucket(policy, inventory, ours),
      note: `${called} and has our policy ${policy}`,
    };
  });
}

function policies(inventory: Inventory, ours: Stack): Stranger[] {
  return inventory.policies.map(({ name }) => ({
    kind: "policy",
    id: name,
    holder: holderByBucket(name, inventory, ours),
  }));
}

function groups({ groups: all }: Inventory, ours: Stack): Stranger[] {
  return all.map(({ name }) => ({
    kind: "group",
    id: name,
    // A group that no stack needs belongs to no stack; it is empty and costs nothing.
    holder: isOurGroup(name, ours) && !ours.sharesGroups ? { tenant: tenantNamed("", ours) } : "other",
  }));
}

/** Of a name without a mark the bucket of the same name tells: it is the tenant's claim. */
function databases({ databases: all, buckets: marks }: Inventory, ours: Stack): Stranger[] {
  return all.map(({ name, group }) => ({
    kind: "database",
    id: name,
    holder: isOurGroup(group, ours) ? { tenant: tenantNamed(name, ours) } : holderOf(name, marks.get(name), ours),
    note: `in group ${group}`,
  }));
}

/** Apps under our names. Of another's app with a machine of ours in it, the machine is ours and not the app. */
function apps({ apps: all, machines, buckets: marks }: Inventory, ours: Stack): Stranger[] {
  return all.map(({ name, network }) => {
    const named = holderOf(name, undefined, ours);
    const onMachine = machines.find(({ app, metadata }) => app === name && metadata[OWNER_TAG] !== undefined);
    const mark = onMachine?.metadata[OWNER_TAG] ?? marks.get(name);
    const marked = holderOfNetwork(name, network, ours) ?? holderOf(name, mark, ours);
    return { kind: "app", id: name, holder: named === "other" ? named : marked };
  });
}

/** Machines and volumes in our apps; and machines with our mark in any other app that is not reported itself. */
function inApps({ machines, volumes }: Inventory, { ids, appsInState }: Managed, ours: Stack): Stranger[] {
  const placed = (kind: "machine" | "volume", app: string, id: string, mark?: string): Stranger => {
    const note = `in app ${app}`;
    // What an `up` that was cut off left behind, the next one takes up.
    if (ids.app.has(app))
      return { kind, id, note, holder: appsInState.has(app) ? { tenant: tenantNamed(app, ours) } : "other" };
    const holder = mark === undefined ? "other" : holderOf(app, mark, ours);
    const isReported = typeof holderOf(app, undefined, ours) !== "string";
    return { kind, id, note, holder: isReported ? "other" : holder };
  };
  return [
    ...machines.map(({ id, app, metadata }) => placed("machine", app, id, metadata[OWNER_TAG])),
    ...volumes.map(({ id, app }) => placed("volume", app, id)),
  ];
}
