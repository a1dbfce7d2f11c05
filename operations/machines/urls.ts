import type { StackContext } from "../../stack/context.ts";
import type { RecordedTenant } from "../engine/recorded-tenants.ts";
import { embeddedUrls } from "./embedded-machines.ts";

/**
 * Where the tenants' apps are reached, by tenant: on the embedded cloud from this computer, where they run; at Fly under
 * the app's own name, for those that have public addresses.
 */
export async function urlsOf(
  context: StackContext,
  existing: ReadonlyMap<string, RecordedTenant>,
): Promise<ReadonlyMap<string, string>> {
  if (context.settings.cloud !== "embedded") {
    const open = [...existing].filter(([, { machine }]) => isPublic(machine.config));
    return new Map(open.map(([tenant, { app }]) => [tenant, `https://${app}.fly.dev`]));
  }
  const urls = await embeddedUrls(context);
  return new Map([...existing].flatMap(([tenant, { app }]) => (urls.has(app) ? [[tenant, urls.get(app) ?? ""]] : [])));
}

/** Only a public service has a port for TLS (components/machine-config.ts). */
function isPublic(config: Readonly<Record<string, unknown>>): boolean {
  const services = (config["services"] ?? []) as readonly { readonly ports?: readonly { readonly port?: number }[] }[];
  return services.some(({ ports = [] }) => ports.some(({ port }) => port === 443));
}
