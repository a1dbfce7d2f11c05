import { isDeepStrictEqual } from "node:util";

import type { RestartingChange } from "../../policies/policy.ts";
import { printable } from "../../output/printable.ts";
import { UNKNOWN_VALUE } from "../../resource-kinds/pulumi-marks.ts";
import { countingSteps, operationOf, tenantOf, typeOf } from "../engine/steps.ts";
import type { PreviewDigest } from "../engine/preview-digest.ts";

/** A part of a machine's config, and the setting that decides it. */
interface Part {
  readonly setting: readonly string[];
  readonly value: unknown;
}

/**
 * The settings for which a plan restarts machines that exist, by tenant: image, size, and the environment's variables.
 *
 * @param own what each tenant's file says itself at a setting; undefined: its plan decides
 */
export function restartsIn(
  { steps }: PreviewDigest,
  own: (tenant: string, setting: readonly string[]) => unknown,
): ReadonlyMap<string, readonly RestartingChange[]> {
  const updates = [...countingSteps(steps).values()].filter(
    (step) => typeOf(step) === "tenantry:fly:Machine" && operationOf(step.op) === "update",
  );
  return new Map(
    updates.map(({ urn, oldState, newState }) => {
      const tenant = tenantOf(urn);
      const before = partsOf(oldState?.inputs?.["config"]);
      const changed = partsOf(newState?.inputs?.["config"]).filter(({ setting, value }) => {
        const was = before.find((each) => isDeepStrictEqual(each.setting, setting));
        return value !== UNKNOWN_VALUE && !isDeepStrictEqual(was?.value, value);
      });
      const changes = changed.map(({ setting, value }): RestartingChange => ({
        setting,
        after: printable(typeof value === "string" ? value : JSON.stringify(value)),
        from: own(tenant, setting) === undefined ? "plan" : "own",
      }));
      return [tenant, changes];
    }),
  );
}

function partsOf(config: unknown): Part[] {
  if (typeof config !== "object" || config === null) return [];
  const { image, guest, env } = config as Readonly<Record<string, unknown>>;
  const { cpu_kind, cpus, memory_mb } = (guest ?? {}) as Readonly<Record<string, unknown>>;
  return [
    { setting: ["machine", "image"], value: image },
    { setting: ["machine", "cpuKind"], value: cpu_kind },
    { setting: ["machine", "cpus"], value: cpus },
    { setting: ["machine", "memoryMb"], value: memory_mb },
    ...Object.entries(env ?? {}).map(([name, value]) => ({
      setting: ["machine", "env", name],
      value: value as unknown,
    })),
  ].filter(({ value }) => value !== undefined);
}
