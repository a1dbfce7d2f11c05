import * as z from "zod";

import type { Serving } from "../http/serving.ts";
import { appPath, type FlyApi } from "./api.ts";

/** The type of an address. A dedicated `v4` costs money; tenantry recognises it but never requests it. */
export const ADDRESS_TYPES = ["shared_v4", "v4", "v6", "private_v6"] as const;
/** The kinds of address an app can have, in Fly's words. */
export type AddressType = (typeof ADDRESS_TYPES)[number];

/** One address of an app as Fly lists it. */
export interface Address {
  readonly ip: string;
  readonly type: AddressType;
  /** The network whose machines may call a private address; empty: the organisation's default. Absent if Fly does not show it. */
  readonly callers?: string;
}

/** Calls for an app's addresses. */
export interface AddressCalls {
  /** The addresses of an app, in the order of `ADDRESS_TYPES`. Undefined when there is no such app. */
  addresses(app: string, serving: Serving): Promise<Address[] | undefined>;
  /** @param callers the network whose machines may call a private address; default: the organisation's default one */
  assignAddress(app: string, type: Exclude<AddressType, "v4">, serving: Serving, callers?: string): Promise<Address>;
  /** An address that is already gone is a success. */
  releaseAddress(app: string, ip: string, serving: Serving): Promise<void>;
}

const addressAnswer = z.object({
  ip: z.string(),
  shared: z.boolean().nullish(),
  egress: z.boolean().nullish(),
  network: z.object({ name: z.string().nullish() }).nullish(),
});
const addressesAnswer = z.object({
  ips: z
    .array(addressAnswer)
    .nullish()
    // Egress addresses (`fly ips allocate-egress`) are only for outgoing connections of machines.
    .transform((ips) => (ips ?? []).filter(({ egress }) => egress !== true)),
});

/** Fly's name of an organisation's default network, where it is not empty. */
const DEFAULT_NETWORK = "default";

/** `organization`: the slug of the one whose machines may call private addresses. */
export function addressCalls(api: FlyApi, organization: string): AddressCalls {
  const operation = "/v1/apps/{app}/ip_assignments";
  const path = (app: string, ...rest: string[]) => appPath(app, "ip_assignments", ...rest);
  const context = (app: string, serving: Serving) => ({ resource: `addresses of app ${app}`, ...serving });
  return {
    async addresses(app, serving) {
      const call = { operation: `GET ${operation}`, method: "GET", path: path(app), ...context(app, serving) } as const;
      const found = await api.find(call, addressesAnswer);
      return found?.ips.map(addressOf).sort(byType);
    },
    async assignAddress(app, type, serving, callers = "") {
      // A private address answers calls from one network. The organisation's default one has an empty name.
      const from = type === "private_v6" ? { org_slug: organization, network: callers } : {};
      const json = { type, ...from };
      const target = { operation: `POST ${operation}`, method: "POST", path: path(app), json } as const;
      const { ip } = await api.ask({ ...target, ...context(app, serving) }, addressAnswer);
      return type === "private_v6" ? { ip, type, callers } : { ip, type };
    },
    async releaseAddress(app, ip, serving) {
      const target = { operation: `DELETE ${operation}/{ip}`, method: "DELETE", path: path(app, ip) } as const;
      await api.remove({ ...target, ...context(app, serving) });
    },
  };
}

/** Whether an address is in one of Fly's private networks, which share this prefix. */
export function isPrivate(ip: string): boolean {
  return ip.toLowerCase().startsWith("fdaa:");
}

/** Fly does not return the type on a read; the address itself shows it (fly-go, formae-plugin-fly). */
function addressOf({ ip, shared, network }: z.infer<typeof addressAnswer>): Address {
  if (shared === true) return { ip, type: "shared_v4" };
  if (!ip.includes(":")) return { ip, type: "v4" };
  if (!isPrivate(ip)) return { ip, type: "v6" };
  const name = network?.name ?? undefined;
  return { ip, type: "private_v6", ...(name === undefined ? {} : { callers: name === DEFAULT_NETWORK ? "" : name }) };
}

/** The order of `ADDRESS_TYPES`, then of the addresses themselves. */
export function byType(a: Address, b: Address): number {
  return ADDRESS_TYPES.indexOf(a.type) - ADDRESS_TYPES.indexOf(b.type) || (a.ip < b.ip ? -1 : 1);
}
