import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { TenantryError } from "../../errors/tenantry-error.ts";
import { type Accounts, readDescriptor } from "../../stack/accounts.ts";
import type { StackContext } from "../../stack/context.ts";
import { namesAtVendors } from "../../stack/names-at-vendors.ts";
import { storedResources } from "../engine/stack-state.ts";
import { allAttempts } from "./all-attempts.ts";
import type { Attempt, Places } from "./attempt.ts";
import { verifyErrors } from "./errors.ts";
import { withInsides } from "./inside.ts";
import { inLanes } from "../engine/lanes.ts";
import { partiesIn } from "./parties.ts";
import type { Party } from "./party.ts";
import { differenceFrom, type VerifyReport } from "./report.ts";
import { openSender, type Sender } from "./sender.ts";
import { verify, type VerifyParts } from "./verify.ts";

export type StackParts = Pick<VerifyParts, "seed" | "now" | "signal" | "tell"> & {
  readonly context: StackContext;
  readonly accounts: Accounts;
};

/** Attacks the tenants of a stack, and compares with the last run of this stack on this computer. Throws VERIFY_TOO_FEW. */
export async function verifyStack({ context, accounts, ...parts }: StackParts): Promise<VerifyReport> {
  const { settings, stack, home } = context;
  const isEmbedded = settings.cloud === "embedded";
  const found = partiesIn(await storedResources(context, { secrets: true }), isEmbedded ? "http" : "https");
  if (found.parties.length < 2) {
    throw new TenantryError(verifyErrors.VERIFY_TOO_FEW, `${stack} has ${found.parties.length} active tenants`);
  }
  const sender = openSender();
  try {
    const withTokens = await withFlyTokens(found.parties, accounts, sender, isEmbedded);
    const { endpoint, token } = accounts.fly;
    const { parties, outsideOnly } = isEmbedded
      ? await withInsides(withTokens, endpoint, { token }, sender)
      : { parties: withTokens, outsideOnly: [] };
    const result = await verify({
      ...parts,
      parties,
      sender,
      places: placesOf(context, accounts),
      attempts: attemptsOn(isEmbedded),
      bucketNameOf: (tenant) => namesAtVendors(context, tenant).bucket,
    });
    const last = lastRun(home, stack);
    const report: VerifyReport = {
      stack,
      cloud: settings.cloud,
      leftOut: found.leftOut,
      ...(outsideOnly.length === 0 ? {} : { outsideOnly }),
      ...result,
      ...(last === undefined ? {} : { difference: differenceFrom(last, result.rows) }),
    };
    keep(home, report);
    return report;
  } finally {
    sender.close();
  }
}

/** What is tried on a real account makes nothing that a tenant's credentials could not take away again. */
function attemptsOn(isEmbedded: boolean): readonly Attempt[] {
  return isEmbedded ? allAttempts : allAttempts.filter(({ id }) => !/^(?:embedded|inside)\./.test(id));
}

/** How many requests a run makes at most; pure. */
export function requestsOf(tenants: number): number {
  const pairs = tenants <= 20 ? tenants * (tenants - 1) : 10;
  const each = tenants <= 20 ? tenants : 10;
  const rows = (against: Attempt["against"]) =>
    attemptsOn(false)
      .filter((attempt) => attempt.against === against)
      .reduce((sum, { by }) => sum + by.length, 0);
  return rows("other") * pairs + (rows("own") + rows("account")) * each + 8 * tenants;
}

function placesOf({ settings, home }: StackContext, { tigris, turso, fly }: Accounts): Places {
  const admin = settings.cloud === "embedded" ? { admin: readDescriptor(home).admin.endpoint } : {};
  return {
    s3: tigris,
    iam: tigris.iamEndpoint,
    turso: `${turso.endpoint}/v1/organizations/${encodeURIComponent(turso.organization)}`,
    fly: fly.endpoint,
    flyOrganization: fly.organization,
    ...admin,
  };
}

const LANES = 4;

/**
 * On the embedded cloud each tenant gets a token of its app, as a pipeline that deploys it would have; it ends after an hour.
 * On a real account no token is made. The list of apps with their networks is read with the operator's own.
 */
async function withFlyTokens(
  parties: readonly Party[],
  { fly }: Accounts,
  sender: Sender,
  isEmbedded: boolean,
): Promise<Party[]> {
  const operator = { token: fly.token };
  return inLanes(parties, LANES, async (party) => {
    const sent = {
      method: "POST",
      url: `${fly.endpoint}/v1/apps/${party.app}/deploy_token`,
      body: `{"expiry":"1h"}`,
    } as const;
    const { text } = isEmbedded ? await sender.send(sent, operator) : { text: "" };
    const token = /"token":"([^"]+)"/.exec(text)?.[1];
    const deploy = token === undefined ? {} : { deploy: { token } };
    return { ...party, credentials: { ...party.credentials, ...deploy, neighbour: operator } };
  });
}

function fileOf(home: string, stack: string): string {
  return join(home, "verify", `${stack}.json`);
}

/** A damaged or older file is no last run. */
function lastRun(home: string, stack: string): VerifyReport | undefined {
  const file = fileOf(home, stack);
  if (!existsSync(file)) return undefined;
  try {
    const report = JSON.parse(readFileSync(file, "utf8")) as Partial<VerifyReport>;
    return Array.isArray(report.rows) && typeof report.began === "string" ? (report as VerifyReport) : undefined;
  } catch {
    return undefined;
  }
}

function keep(home: string, report: VerifyReport): void {
  const file = fileOf(home, report.stack);
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(file, `${JSON.stringify(report, null, 1)}\n`, { mode: 0o600 });
}
