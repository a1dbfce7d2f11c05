import { TenantryError } from "../../errors/tenantry-error.ts";
import { cloudStatus } from "../../local/cloud.ts";
import { accountsOf } from "../../stack/accounts.ts";
import type { Settings } from "../../stack/settings.ts";
import type { Environment } from "../../tools/environment.ts";
import { openStack, type StackContext } from "../stack-context.ts";
import { clocks, type Clockwork } from "./clock.ts";
import type { Finding } from "./finding.ts";

/** The chosen stack: its settings, and its embedded cloud or its real accounts. */
export async function stackFindings(
  { stack, projectDir, env }: { stack: string; projectDir: string; env: Environment },
  clockwork: Clockwork,
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
  return [settled, credentials(settings, home, env), ...(await clocks(vendorsOf(settings), clockwork))];
}

async function embeddedCloud(home: string): Promise<Finding> {
  const status = await cloudStatus(home);
  const subject = "embedded cloud";
  if (status === undefined) return { subject, state: "attention", detail: "down", mend: "npx tenantry cloud up" };
  return { subject, state: "ok", detail: `up since ${status.startedAt}`, source: home };
}

/** Whether the credentials are there; whether the vendors accept them shows at the first plan. */
function credentials(settings: Settings, home: string, env: Environment): Finding {
  try {
    accountsOf(settings, home, env);
    return { subject: "credentials", state: "ok", source: "the environment" };
  } catch (error) {
    return refused("credentials", error);
  }
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
