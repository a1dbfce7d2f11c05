import { randomInt } from "node:crypto";

import * as z from "zod";

import { appOf } from "./apps.ts";
import { privateAddress } from "./identifiers.ts";
import { empty, type FlyOperation, json } from "./operation.ts";
import { DEFAULT_NETWORK, ORGANIZATION } from "./organization.ts";
import type { Platform } from "./platform.ts";
import { Refusal } from "./refusal.ts";
import { keyOf, partsOf } from "./tables.ts";
import { withoutNulls } from "./without-nulls.ts";
import { ADDRESS_KINDS, type AddressKind, type AddressRecord, type AppRecord } from "./records.ts";

const assignSchema = z.preprocess(
  withoutNulls,
  z.object({
    type: z.string().optional(),
    region: z.string().default("global"),
    org_slug: z.string().optional(),
    network: z.string().default(""),
    service_name: z.string().default(""),
  }),
);

/** Addresses of an app. They are names only: what has one is reached at a port of 127.0.0.1, where machines run. Read back, they lack their type. */
export function ipAssignmentOperations(platform: Platform): FlyOperation[] {
  const { tables, clock, running, switches } = platform;
  return [
    {
      name: "GET /v1/apps/{app}/ip_assignments",
      service: "platform",
      handle: (call) => json({ ips: partsOf(tables.addresses, appOf(platform, call, "platform")).map(shown) }),
    },
    {
      name: "POST /v1/apps/{app}/ip_assignments",
      service: "platform",
      async handle(call) {
        const { type, network, service_name: serviceName, ...rest } = await call.body(assignSchema);
        // fly-go sends every field, empty ones too.
        const region = rest.region === "" ? "global" : rest.region;
        const org = rest.org_slug === "" ? undefined : rest.org_slug;
        const app = appOf(platform, call, "platform");
        const kind = ADDRESS_KINDS.find((known) => known === type);
        if (kind === undefined) throw new Refusal(422, `type must be one of ${ADDRESS_KINDS.join(", ")}`);
        if (org !== undefined && org !== ORGANIZATION.slug)
          throw new Refusal(403, "not authorized for this organization");
        const shared = partsOf(tables.addresses, app).find((address) => address.kind === "shared_v4");
        if (kind === "shared_v4" && shared !== undefined) return json(shown(shared));
        if (kind === "private_v6" && org === undefined && switches.read("flycastNeedsOrganization"))
          throw new Refusal(422, "private_v6 requires org_slug to select the private network");
        const ip = kind === "shared_v4" ? SHARED : newAddress(kind, network);
        const createdAt = clock().toISOString();
        const address: AddressRecord = { ip, kind, region, serviceName, createdAt, network };
        tables.addresses.put(keyOf(app, ip), address);
        await running?.proxy?.refresh();
        return json(shown(address));
      },
    },
    {
      name: "DELETE /v1/apps/{app}/ip_assignments/{ip}",
      service: "platform",
      async handle(call) {
        const app = appOf(platform, call, "platform");
        if (!tables.addresses.remove(keyOf(app, call.param("ip")))) throw new Refusal(404, "Could not find IP address");
        await running?.proxy?.refresh();
        return empty(204);
      },
    },
  ];
}

// Unassigned ranges: RFC 2544 for v4, RFC 3849 for v6. One v4 address is shared by all apps, as at Fly.
const SHARED = "198.18.0.1";

function newAddress(kind: Exclude<AddressKind, "shared_v4">, network: string): string {
  const part = (size: number) => randomInt(size).toString(16);
  switch (kind) {
    case "v4":
      return `198.19.${randomInt(256)}.${randomInt(1, 255)}`;
    case "v6":
      return `2001:db8:${part(0x10000)}:${part(0x10000)}::${part(0xffff)}`;
    case "private_v6":
      return privateAddress(network === "" ? DEFAULT_NETWORK : network, `flycast ${part(2 ** 40)}`);
  }
}

/** Addresses from which an app's machines go out, as `fly ips allocate-egress` makes them: only tests plant them. */
export function plantEgress({ tables, clock }: Platform, app: AppRecord): void {
  for (const kind of ["v4", "v6"] as const) {
    const ip = newAddress(kind, "");
    const createdAt = clock().toISOString();
    tables.addresses.put(keyOf(app, ip), { ip, kind, region: "iad", serviceName: "", createdAt, egress: true });
  }
}

function shown({ ip, kind, region, serviceName, createdAt, egress = false, network = "" }: AddressRecord) {
  const from = kind === "private_v6" ? { network: { name: network, org_slug: ORGANIZATION.slug } } : {};
  return {
    ip,
    region,
    service_name: serviceName,
    shared: kind === "shared_v4",
    created_at: createdAt,
    egress,
    ...from,
  };
}
