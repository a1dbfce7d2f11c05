// rehearsal-to-kill.ts: rehearses as TASK says, tells when its clone is there, and stays there until it is killed.
import { writeSync } from "node:fs";

import { rehearse } from "../../../operations/schema/rehearse.ts";
import { surveyed } from "../../../operations/schema/survey.ts";
import { tursoClient } from "../../../provider/turso/client.ts";
import { libsqlUrl } from "../../../provider/turso/data-url.ts";
import type { Descriptor } from "../../../stack/accounts.ts";
import { schemaFolders } from "../../../tenants/schemas/read-folder.ts";
import { NO_MACHINES, NO_MIGRATOR } from "./no-migrator.ts";

interface Task {
  readonly account: Descriptor["turso"];
  readonly projectDir: string;
  readonly from: string;
  readonly names: readonly string[];
}

const { account, projectDir, from, names } = JSON.parse(process.env["TASK"] ?? "") as Task;
const urlOf = (hostname: string) => libsqlUrl(account.endpoint, hostname);
const access = { turso: tursoClient(account), urlOf, ...NO_MACHINES };
const { signal } = new AbortController();
const declared = { from, version: 2, order: "schema-first" as const };
const { folder } = schemaFolders(projectDir)(from);
const subjects = names.map((tenant) => ({
  ...{ tenant, declared, folder, database: tenant, isClosed: false },
  ...NO_MIGRATOR,
}));

/** A migration's moment is asked for when its clone is there and nothing has been run on it. */
function now(): Date {
  writeSync(1, "the clone is there\n");
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  return new Date();
}

await rehearse(access, await surveyed(access, subjects, signal), { tell: () => undefined, signal, now });
