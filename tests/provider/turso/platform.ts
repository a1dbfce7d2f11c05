import { setTimeout as sleep } from "node:timers/promises";

import type { Claims } from "../../../resource-kinds/claim.ts";
import type { TursoAccount } from "../../../provider/turso/client.ts";
import type { DatabaseInputs } from "../../../provider/turso/database.ts";
import type { claimsThatSay } from "../../support/call.ts";

/** Somebody else at Turso's platform API: what happens behind the provider's back, asked without its client. */
export function stranger({ endpoint, organization, token }: TursoAccount) {
  const ask = async (method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> => {
    const response = await fetch(`${endpoint}${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : (JSON.parse(text) as unknown) };
  };
  const own = `/v1/organizations/${organization}`;
  const must = async (method: string, path: string, body?: unknown): Promise<unknown> => {
    const answer = await ask(method, `${own}${path}`, body);
    if (answer.status !== 200) throw new Error(`${method} ${path}: ${answer.status} ${JSON.stringify(answer.body)}`);
    return answer.body;
  };
  return {
    must,
    status: async (path: string) => (await ask("GET", `${own}${path}`)).status,
    configuration: async (database: string) =>
      (await must("GET", `/databases/${database}/configuration`)) as Record<string, unknown>,
    dbId: async (database: string) =>
      ((await must("GET", `/databases/${database}`)) as { database: { DbId: string } }).database.DbId,
    databases: async () =>
      ((await must("GET", "/databases")) as { databases: { Name: string }[] }).databases.map(({ Name }) => Name),
    /** Deletes a database, whatever protects it. */
    async destroy(database: string): Promise<void> {
      await must("PATCH", `/databases/${database}/configuration`, { delete_protection: false });
      await must("DELETE", `/databases/${database}`);
    },
  };
}

/** Inputs as `check` would fill them in. */
export function databaseInputs(name: string, group: string, more: Partial<DatabaseInputs> = {}): DatabaseInputs {
  return {
    tenant: "acme",
    claim: `bucket-${name}`,
    name,
    group,
    deleteProtection: true,
    blockReads: false,
    blockWrites: false,
    tokenEpoch: 1,
    ...more,
  };
}

/** Claims that answer like `claimsThatSay` and remember what they were asked. */
export function listeningClaims(state: Parameters<typeof claimsThatSay>[0]): Claims & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    async read(claim, owner) {
      asked.push(`${claim} for ${owner.stack}/${owner.tenant}`);
      await sleep(0);
      return state;
    },
  };
}

/** What a promise was rejected with. */
export async function failureOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise;
  } catch (error) {
    return error;
  }
  throw new Error("expected a failure, but it went well");
}
