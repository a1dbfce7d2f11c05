import { cloudStatus } from "../../local/cloud.ts";
import { engineInWords } from "../../operations/engine/embedded-cloud.ts";
import { type Accounts, accountsOf } from "../../stack/accounts.ts";
import type { StackSettings } from "../../stack/settings.ts";
import type { Environment } from "../../tools/environment.ts";
import { soundFleet, type SoundFleet } from "../../operations/engine/sound-fleet.ts";
import { openStack, type StackContext } from "../../stack/context.ts";
import { clocks, type Clockwork } from "./clock.ts";
import { credentials, type TryCredentials } from "./credentials.ts";
import { dueSoon, type ReadState } from "./coming-due.ts";
import type { DoctorFinding } from "./finding.ts";
import { flyOrganization } from "./fly-organization.ts";
import { refused } from "./refused.ts";
import { type AskLocations, databaseLocations } from "./turso-locations.ts";

/** How the doctor reaches the network. */
export interface Reach {
  readonly clockwork: Clockwork;
  readonly askLocations: AskLocations;
  readonly tryCredentials: TryCredentials;
  readonly readState: ReadState;
}

/** The chosen stack: its settings, and its embedded cloud or its real accounts. */
export async function stackFindings(
  { stack, projectDir, env }: { stack: string; projectDir: string; env: Environment },
  reach: Reach,
): Promise<DoctorFinding[]> {
  let context: StackContext;
  try {
    context = openStack(stack, projectDir);
  } catch (error) {
    return [refused(`stack ${stack}`, error)];
  }
  const { settings, home } = context;
  const settled: DoctorFinding = { subject: `stack ${stack}`, state: "ok", detail: `on the ${settings.cloud} cloud` };
  const due = dueSoon(context, reach.readState, reach.clockwork.now());
  if (settings.cloud === "embedded") return [settled, await embeddedCloud(home), await due];
  const [found, times, near] = await Promise.all([
    accountFindings(context, env, reach),
    clocks(vendorsOf(settings), reach.clockwork),
    due,
  ]);
  return [settled, ...found, ...times, near];
}

async function embeddedCloud(home: string): Promise<DoctorFinding> {
  const status = await cloudStatus(home);
  const subject = "embedded cloud";
  if (status === undefined) return { subject, state: "attention", detail: "down", fix: "npx tenantry cloud up" };
  const { engines, startedAt } = status;
  const told = engines.filter(({ state, restarts }) => state !== "up" || restarts > 0).map(engineInWords);
  const isWell = engines.every(({ state }) => state === "up");
  const detail = [`up since ${startedAt}`, ...told].join("; ");
  if (isWell) return { subject, state: "ok", detail, source: home };
  return { subject, state: "attention", detail, source: home, fix: "npx tenantry cloud logs" };
}

/** Whether the credentials are there, and whether each vendor accepts its own: one call to each, all at the same time. */
async function accountFindings(context: StackContext, env: Environment, reach: Reach): Promise<DoctorFinding[]> {
  let accounts: Accounts;
  try {
    accounts = accountsOf(context.settings, context.home, env);
  } catch (error) {
    return [refused("credentials", error)];
  }
  const { tigris, turso, fly } = accounts;
  const found = await Promise.all([
    credentials("tigris", reach.tryCredentials.tigris(tigris)),
    tursoFindings(context, turso, reach.askLocations),
    credentials("fly", reach.tryCredentials.fly(fly)),
    flyOrganization(fly, reach.tryCredentials.flyOrganizations),
  ]);
  return found.flat();
}

/** Turso's locations are asked for once: the answer also tells that the token is accepted. */
async function tursoFindings(
  context: StackContext,
  account: Accounts["turso"],
  ask: AskLocations,
): Promise<DoctorFinding[]> {
  const asking = ask(account);
  const accepted = await credentials("turso", asking);
  if (accepted.state !== "ok") return [accepted];
  try {
    return [accepted, await databaseLocations(account, locatedTenants(context), () => asking)];
  } catch (error) {
    return [accepted, refused("turso locations", error)];
  }
}

/** In a group that the settings name, databases lie where the group lies, whatever tenants want. */
function locatedTenants(context: StackContext): SoundFleet["tenants"] {
  return context.settings.tursoGroup === undefined ? soundFleet(context).tenants : [];
}

function vendorsOf(settings: StackSettings): Readonly<Record<string, string>> {
  return { tigris: settings.tigrisEndpoint, turso: settings.tursoEndpoint, fly: settings.flyEndpoint };
}
