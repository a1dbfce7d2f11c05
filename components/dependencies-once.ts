import * as pulumi from "@pulumi/pulumi";
import type resources from "@pulumi/pulumi/proto/resource_pb.js";

import { parseUrn } from "../resource-kinds/urn.ts";

/**
 * Stores each dependency of our resources once.
 *
 * The SDK reports each to the engine twice, in a list of the resource and under the setting that it comes from: a tenth of the
 * state. The engine treats both the same. The dependencies of a setting are kept: they decide what is replaced together with an
 * app or a database.
 *
 * `registerResource` is internal to the SDK. If a new version calls another function, this has no effect and the state grows;
 * tests/e2e/provision.test.ts detects it.
 */
export function storeDependenciesOnce(): void {
  const monitor = pulumi.runtime.getMonitor();
  if (monitor === undefined) return;
  const register: unknown = Reflect.get(monitor, "registerResource");
  if (typeof register !== "function") return;
  Object.assign(monitor, {
    registerResource(request: resources.RegisterResourceRequest, ...rest: readonly unknown[]): unknown {
      if (request.getType().startsWith("tenantry:")) sayOnce(request);
      return Reflect.apply(register, monitor, [request, ...rest]) as unknown;
    },
  });
}

/**
 * Settings with a database's address, each with a setting of the same resource that already depends on the database, through
 * its token or the secrets. A new address replaces nothing.
 */
const AFTER_A_DATABASE: Readonly<Record<string, string>> = { templates: "values", config: "secretsVersion" };
const DATABASE = "tenantry:turso:Database";

function sayOnce(request: resources.RegisterResourceRequest): void {
  const bySetting = request.getPropertydependenciesMap();
  const urnsOf = (setting: string) => bySetting.get(setting)?.getUrnsList() ?? [];
  const named = new Set(bySetting.toArray().flatMap(([setting]) => urnsOf(setting)));
  for (const [setting, by] of Object.entries(AFTER_A_DATABASE)) {
    const others = urnsOf(setting).filter((urn) => parseUrn(urn).types.at(-1) !== DATABASE);
    if (urnsOf(by).length > 0) bySetting.get(setting)?.setUrnsList(others);
  }
  request.setDependenciesList(request.getDependenciesList().filter((urn) => !named.has(urn)));
}
