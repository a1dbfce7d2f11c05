import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import { parseUrn } from "../../resource-kinds/urn.ts";
import { neededUrns, providerUrn } from "./needed-urns.ts";
import type { StackState, StoredResource } from "./stack-state.ts";
import { SHARED, tenantOf } from "./steps.ts";

const STACK = "pulumi:pulumi:Stack";

/**
 * Runs a preview of some tenants on a copy of the state that holds only their part of it. The engine reads all of a state, and
 * speaks of each resource in it: of 400 tenants it prints 14 MB to say that 399 are left alone. A preview writes nothing, so the copy
 * goes with it; an `up` never gets one. Where a part can't be had the preview runs on the whole.
 *
 * @param tenants ids
 */
export async function onPartOfState<T>(
  state: StackState,
  tenants: readonly string[],
  preview: (env: Readonly<Record<string, string>>) => Promise<T>,
): Promise<T> {
  const stack = state.resources.find(({ type }) => type === STACK);
  if (stack === undefined || !canBeCopied(state)) return preview({});
  const { stack: name, project } = parseUrn(stack.urn);
  const folder = mkdtempSync(join(tmpdir(), "tenantry-preview-"));
  try {
    const stacks = join(folder, ".pulumi/stacks", project);
    mkdirSync(stacks, { recursive: true });
    writeFileSync(join(folder, ".pulumi/meta.yaml"), "version: 1\n");
    const latest = { ...state.around, resources: partOf(state.resources, tenants) };
    const checkpoint = { version: 3, checkpoint: { stack: `organization/${project}/${name}`, latest } };
    writeFileSync(join(stacks, `${name}.json`), JSON.stringify(checkpoint), { mode: 0o600 });
    return await preview({ PULUMI_BACKEND_URL: pathToFileURL(folder).href });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Secrets that Pulumi Cloud encrypts are decrypted by it for its own stack only. */
function canBeCopied({ around, isBroken }: StackState): boolean {
  const { manifest, secrets_providers: secrets } = around ?? {};
  const type = (secrets as { readonly type?: unknown } | undefined)?.type;
  return !isBroken && manifest !== undefined && type !== undefined && type !== "service";
}

/** What these tenants have, what tenants share, and all that any of it hangs on, in the order it was in. Pure. */
export function partOf(stored: readonly StoredResource[], tenants: readonly string[]): readonly StoredResource[] {
  const byUrn = Map.groupBy(stored, ({ urn }) => urn);
  const wanted = new Set([SHARED, ...tenants]);
  const kept = new Set<string>();
  const keep = (urn: string): void => {
    if (kept.has(urn)) return;
    kept.add(urn);
    byUrn.get(urn)?.flatMap(hangsOn).forEach(keep);
  };
  for (const { urn } of stored) if (wanted.has(tenantOf(urn))) keep(urn);
  return stored.filter(({ urn }) => kept.has(urn));
}

function hangsOn(resource: StoredResource): string[] {
  const { parent, deletedWith } = resource;
  const others = [parent, deletedWith, providerUrn(resource)].filter((urn) => typeof urn === "string");
  return [...neededUrns(resource), ...others];
}
