import { TenantryError } from "../../errors/tenantry-error.ts";
import { cloudStatus } from "../../local/cloud.ts";
import { engineInWords } from "../../operations/engine/embedded-cloud.ts";
import { type Accounts, accountsOf } from "../../stack/accounts.ts";
import type { Settings } from "../../stack/settings.ts";
import type { Environment } from "../../tools/environment.ts";
import { soundFleet, type SoundFleet } from "../../operations/engine/sound-fleet.ts";
import { openStack, type StackContext } from "../../stack/context.ts";
import { clocks, type Clockwork } from "./clock.ts";
import type { Finding } from "./finding.ts";
import { type AskLocations, databaseLocations } from "./turso-locations.ts";

/** How the doctor reaches the network. */
export interface Reach {
  readonly clockwork: Clockwork;
  readonly askLocations: AskLocations;
}

/** The chosen stack: its settings, and its embedded cloud or its real accounts. */
export async function stackFindings(
  { stack, projectDir, env }: { stack: string; projectDir: string; env: Environment },
  { clockwork, askLocations }: Reach,
): Promise<Finding[]> {
  let context: StackContext;
  try {
    context = openStack(stack, projectDir);
  } catch (error) {
    return [refused(`stack ${stack}`, error)];
  }
  const { settings, home } = context;
  const settled: Finding = { subject: `stack ${stack}`, state: "ok", detail: `on the ${settings.cloud} cloud` };
  if (settings.cloud === "embedded") return [settled, await embeddedCloud(home)];
  const [found, times] = await Promise.all([
    accountFindings(context, env, askLocations),
    clocks(vendorsOf(settings), clockwork),
  ]);
  return [settled, ...found, ...times];
}

async function embeddedCloud(home: string): Promise<Finding> {
  const status = await cloudStatus(home);
  const subject = "embedded cloud";
  if (status === undefined) return { subject, state: "attention", detail: "down", mend: "npx tenantry cloud up" };
  const { engines, startedAt } = status;
  const told = engines.filter(({ state, restarts }) => state !== "up" || restarts > 0).map(engineInWords);
  const isWell = engines.every(({ state }) => state === "up");
  const detail = [`up since ${startedAt}`, ...told].join("; ");
  if (isWell) return { subject, state: "ok", detail, source: home };
  return { subject, state: "attention", detail, source: home, mend: "npx tenantry cloud logs" };
}

/** Whether the credentials are there. Turso's is tried; whether the other vendors accept theirs shows at the first plan. */
async function accountFindings(context: StackContext, env: Environment, ask: AskLocations): Promise<Finding[]> {
  let accounts: Accounts;
  try {
    accounts = accountsOf(context.settings, context.home, env);
  } catch (error) {
    return [refused("credentials", error)];
  }
  const found: Finding = { subject: "credentials", state: "ok", source: "the environment" };
  try {
    return [found, await databaseLocations(accounts.turso, locatedTenants(context), ask)];
  } catch (error) {
    return [found, refused("turso locations", error)];
  }
}

/** In a group that the settings name, databases lie where the group lies, whatever tenants want. */
function locatedTenants(context: StackContext): SoundFleet["tenants"] {
  return context.settings.tursoGroup === undefined ? soundFleet(context).tenants : [];
}

function vendorsOf(settings: Settings): Readonly<Record<string, string>> {
  return { tigris: settings.tigrisEndpoint, turso: settings.tursoEndpoint, fly: settings.flyEndpoint };
}

/** One of our errors as a finding; any other is a fault of ours and goes on. */
function refused(subject: string, error: unknown): Finding {
  if (!(error instanceof TenantryError)) throw error;
  const [what] = error.message.split("\n");
  return { subject, state: "missing", detail: what, mend: error.context.next ?? error.kind.next };
}
