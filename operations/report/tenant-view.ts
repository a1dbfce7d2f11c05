import { readFileSync } from "node:fs";
import { join } from "node:path";

import { printable } from "../../output/printable.ts";
import { type LastRing, lastRingOf } from "../../rollouts/last-ring.ts";
import { type SaidSetting, saidSettings } from "../../rollouts/origin.ts";
import type { RolloutRecord } from "../../rollouts/record.ts";
import { recordsOf } from "../../rollouts/records.ts";
import type { StackContext } from "../../stack/context.ts";
import { tenantPath } from "../../tenants/edits/edit-tenant-file.ts";
import { readPlans } from "../../tenants/load-fleet.ts";
import type { Plans, TenantFile } from "../../tenants/model/tenant-file.ts";
import { schemaSource } from "../../tenants/schemas/source.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";
import { readYaml } from "../../tenants/yaml/yaml-text.ts";
import { type RecordedVersions, recordedVersions } from "../engine/recorded-versions.ts";
import type { StoredResource } from "../engine/stack-state.ts";

/** Which versions a tenant has, and where its settings come from. */
export interface TenantView {
  readonly plan: string;
  /** `applied`: what its machine was given last; undefined: it has none. */
  readonly image: { readonly declared: string; readonly applied: string | undefined };
  /** `found`: what its database was last seen with. Undefined: nothing is declared. */
  readonly schema: { readonly from: string; readonly declared: number; readonly found: number | undefined } | undefined;
  readonly settings: readonly SaidSetting[];
  /** Undefined: no rollout has reached it. */
  readonly lastRing: LastRing | undefined;
}

/** What views are made of. */
export interface ViewBasis {
  readonly versions: ReadonlyMap<string, RecordedVersions>;
  readonly plans: Plans;
  readonly records: readonly RolloutRecord[];
  /** What a tenant's file says itself. */
  readonly ownOf: (id: string) => Partial<TenantFile>;
}

/** Reads plans, rollouts' records, and each tenant's file when it is asked for. Throws ROLLOUT_FILES_INVALID. */
export function viewBasis(context: StackContext, stored: readonly StoredResource[]): ViewBasis {
  const plans = readPlans(join(context.projectDir, "tenants", "plans.yaml"));
  return {
    versions: recordedVersions(stored),
    plans: plans.ok ? plans.value : {},
    records: recordsOf(context.projectDir, context.stack),
    ownOf(id) {
      const path = tenantPath(context, id);
      return readYaml(readFileSync(path, "utf8"), path, "").value as Partial<TenantFile>;
    },
  };
}

/** Pure, but for what `ownOf` reads. */
export function tenantView(tenant: Tenant, { versions, plans, records, ownOf }: ViewBasis): TenantView {
  const { id, plan, machine, database } = tenant;
  const applied = versions.get(id);
  const schema = database.engine === "turso" ? database.schema : undefined;
  return {
    plan,
    image: { declared: machine.image, applied: applied?.image },
    schema: schema && { from: schemaSource(schema), declared: schema.version, found: applied?.schema },
    settings: saidSettings(id, ownOf(id), plans[plan] ?? {}, records),
    lastRing: lastRingOf(id, records),
  };
}

/** Where one setting comes from; `plan` where neither says it, for the plan could. Pure. */
export function originIn({ settings }: TenantView, setting: string): Pick<SaidSetting, "from" | "rollout" | "ring"> {
  const said = settings.find((each) => each.setting === setting);
  if (said === undefined) return { from: "plan" };
  const { from, rollout, ring } = said;
  return { from, ...(rollout === undefined ? {} : { rollout }), ...(ring === undefined ? {} : { ring }) };
}

/** `plan`, `own`, or the ring that has brought it: `agent-2, ring 25%`. Pure. */
export function originWords({ from, rollout, ring }: Pick<SaidSetting, "from" | "rollout" | "ring">): string {
  return rollout === undefined ? from : `${rollout}, ring ${ring ?? ""}`;
}

/** `agent-2, ring 25%: passed`. Pure. */
export function ringWords({ rollout, ring, gate }: LastRing): string {
  return `${rollout}, ring ${ring}: ${gate}`;
}

/** An image as people tell it from another: twelve signs of a digest do. Pure. */
export function shortImage(image: string): string {
  return image.replace(/(@sha256:[0-9a-f]{12})[0-9a-f]+$/, "$1");
}

/** `14`, or `13, declared 14`. Pure. */
export function schemaWords({ schema }: Pick<TenantView, "schema">): string {
  if (schema === undefined) return "";
  const { declared, found } = schema;
  return found === declared ? String(declared) : `${found ?? "none"}, declared ${declared}`;
}

/** `machine.image = app:2`. Pure. */
export function settingWords({ setting, value }: Pick<SaidSetting, "setting" | "value">): string {
  return `${setting} = ${typeof value === "string" ? printable(value) : JSON.stringify(value)}`;
}
