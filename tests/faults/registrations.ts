import { setImmediate } from "node:timers/promises";

import * as pulumi from "@pulumi/pulumi";

import type { Properties } from "../../provider/plugin/wire.ts";
import type { StackSettings } from "../../stack/settings.ts";
import type { Tenant } from "../../tenants/model/tenant.ts";

/** A resource as the program registers it. What it takes from another is a reference in its inputs. */
export interface Registration {
  readonly key: string;
  readonly type: string;
  readonly name: string;
  readonly inputs: Properties;
}

/** What of a resource the program reads. Numbers cannot hold a name: each stands for one. */
const TEXTS = ["id", "name", "secretAccessKey", "dbId", "hostname", "token", "machineId", "volumeId"] as const;
const NUMBERS = ["version"] as const;
const FIRST_NUMBER = 7_100_000;

const REFERENCE = /«([^»|]+)\|([^»|]+)»/g;
const numbers: { readonly key: string; readonly output: string }[] = [];
let registered: Registration[] = [];

/** Before anything of Pulumi is registered, and once per file. */
export async function programWithoutEngine(): Promise<void> {
  await pulumi.runtime.setMocks(
    {
      newResource({ type, name, inputs }) {
        const key = `${type} ${name}`;
        if (!type.startsWith("tenantry:index:")) registered.push({ key, type, name, inputs: bare(inputs) });
        const texts = TEXTS.map((output) => [output, `«${key}|${output}»`]);
        const counts = NUMBERS.map((output) => [output, FIRST_NUMBER + numbers.push({ key, output }) - 1]);
        const { id, ...state } = Object.fromEntries([...texts, ...counts]) as Record<string, string>;
        return { id: id ?? "", state: { ...(inputs as object), ...state } };
      },
      call: ({ inputs }) => inputs as Record<string, unknown>,
    },
    "tenantry",
    "local",
  );
}

/** What the program registers for these tenants, each after what it takes something from. */
export function registrationsOf(tenants: readonly Tenant[], place: Place): Promise<readonly Registration[]> {
  // What is registered tells nothing of who asked for it.
  return (running = running.catch(() => []).then(() => registeredBy(tenants, place)));
}

interface Place {
  readonly settings: StackSettings;
  readonly machineEndpoint: string;
}

let running: Promise<readonly Registration[]> = Promise.resolve([]);

async function registeredBy(
  tenants: readonly Tenant[],
  { settings, machineEndpoint }: Place,
): Promise<readonly Registration[]> {
  // After setMocks, as Pulumi asks for.
  const { Tenant } = await import("../../components/tenant.ts");
  const { databaseGroups } = await import("../../components/groups.ts");
  registered = [];
  const fleet = {
    stack: "local",
    settings,
    machineEndpoint,
    group: databaseGroups("local", settings),
    aws: undefined,
    schemaDigest: (from: string, version: number) => `${from} ${version}`,
  };
  const living = tenants.filter(({ state }) => state !== "purged");
  await Promise.all(
    living.map((declared) => new Promise((resolve) => new Tenant(declared, fleet).record.apply(resolve))),
  );
  // What nothing of a tenant's record depends on, such as its addresses, is registered in the same turns.
  await settled();
  return registered;
}

async function settled(): Promise<void> {
  for (let [before, calm] = [-1, 0]; calm < 3; before = registered.length) {
    calm = before === registered.length ? calm + 1 : 0;
    await setImmediate();
  }
}

/** The keys of what these inputs refer to. */
export function referredTo(inputs: Properties): ReadonlySet<string> {
  const keys = new Set<string>();
  resolved(inputs, (key) => {
    keys.add(key);
    return "";
  });
  return keys;
}

/** The inputs with every reference replaced. */
export function resolved(value: unknown, lookUp: (key: string, output: string) => unknown): unknown {
  if (typeof value === "number") {
    const at = numbers[value - FIRST_NUMBER];
    return at === undefined ? value : lookUp(at.key, at.output);
  }
  if (typeof value === "string")
    return value.replaceAll(REFERENCE, (_, key: string, output: string) => String(lookUp(key, output)));
  if (Array.isArray(value)) return value.map((each) => resolved(each, lookUp));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, resolved(each, lookUp)]));
}

function bare(inputs: unknown): Properties {
  const own = Object.entries(inputs as Properties).map(
    ([name, value]) =>
      [name, pulumi.runtime.isRpcSecret(value) ? pulumi.runtime.unwrapRpcSecret(value) : value] as const,
  );
  return Object.fromEntries(own.filter(([, value]) => value !== undefined));
}
