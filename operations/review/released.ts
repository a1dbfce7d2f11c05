import { parseUrn } from "../../resource-kinds/urn.ts";
import type { Backend } from "../../tenants/model/storage.ts";
import { HOLDERS } from "../engine/recorded-tenants.ts";
import type { PreviewStep } from "../engine/preview-digest.ts";

/**
 * Storage that a tenant has left and released in a step before, as `<tenant> <type>`: a file declared that it may go. From
 * the stack's outputs as they are, which a preview tells too. Pure.
 */
export function releasedStorage(steps: readonly PreviewStep[]): ReadonlySet<string> {
  const stack = steps.find(({ urn }) => parseUrn(urn).types.at(-1) === "pulumi:pulumi:Stack");
  const { fleet = {} } = (stack?.oldState?.outputs ?? {}) as {
    fleet?: Readonly<Record<string, { kept?: Readonly<Partial<Record<Backend, string>>> } | null>>;
  };
  const released = Object.entries(fleet).flatMap(([tenant, record]) =>
    (Object.entries(record?.kept ?? {}) as [Backend, string][])
      .filter(([, guard]) => guard === "released")
      .map(([backend]) => `${tenant} ${HOLDERS[backend]}`),
  );
  return new Set(released);
}
