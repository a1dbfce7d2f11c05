import * as pulumi from "@pulumi/pulumi";
import type resources from "@pulumi/pulumi/proto/resource_pb.js";

import { parseUrn } from "../resource-kinds/urn.ts";

/**
 * Has each dependency of our resources stored once.
 *
 * The SDK tells the engine of each twice, in a list of the resource and under the setting that it comes from: a tenth of the state.
 * The engine reads both as the same. What a setting hangs on is kept: it decides what is replaced along with an app or a database.
 *
 * `registerResource` is internal to the SDK. If a new version calls another, this changes nothing and the state is larger;
 * tests/e2e/provision.test.ts would say so.
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
 * Settings that hold a database's address, each with one of the same resource that comes after the database already, by way of its
 * token or the secrets. Another address replaces nothing.
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
