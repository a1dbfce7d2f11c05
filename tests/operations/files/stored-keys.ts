import type { StoredResource } from "../../../operations/engine/stack-state.ts";
import type { Tenant } from "../../../tenants/model/tenant.ts";
import { type Registered, registerTenant } from "../../components/registered.ts";

export const MADE = "2026-01-02T03:04:05Z";

/** What Pulumi would keep of a tenant, from what its components register: an export of the state with its secrets. */
export async function storedOf(tenant: Tenant): Promise<StoredResource[]> {
  const { resources } = await registerTenant(tenant);
  return resources.map(storedAs);
}

/** A secret is exported as its mark and the JSON text of its value. */
function shown(value: string): object {
  return { "4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270", plaintext: JSON.stringify(value) };
}

const OUTPUTS: Readonly<Record<string, (name: string) => object>> = {
  "tenantry:tigris:AccessKey": (name) => ({ secretAccessKey: shown(`tigris-secret-of-${name}`) }),
  "aws:iam/accessKey:AccessKey": (name) => ({ secret: shown(`aws-secret-of-${name}`), createDate: MADE }),
};

function storedAs({ type, name, inputs }: Registered): StoredResource {
  const chain = `tenantry:index:Tenant$${type}`;
  // The provider fills in when a key was made.
  const own = type === "tenantry:tigris:AccessKey" ? { ...inputs, issued: MADE } : inputs;
  const outputs = { ...own, ...OUTPUTS[type]?.(name) };
  return { urn: `urn:pulumi:prod::tenantry::${chain}::${name}`, type, id: `id-of-${name}`, inputs: own, outputs };
}
