import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect } from "@jest/globals";
import { type Client, createClient } from "@libsql/client";
import { stringify } from "yaml";

import { tursoClient } from "../../provider/turso/client.ts";
import { libsqlUrl } from "../../provider/turso/data-url.ts";
import { machinesRun, whyNoMachine } from "../container/machine.ts";
import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import { parsed, type ScratchProject } from "../support/scratch-project.ts";
import { itIf } from "../support/skip.ts";

const SLOW = 600_000;
const OLD = "registry.example/app:1";
const NEW = "registry.example/app:2";

const APP = `require("node:http").createServer((_, response) => response.end("well"))
  .listen(process.env.PORT ?? 8080, process.env.HOST ?? "0.0.0.0");
process.on("SIGTERM", () => process.exit(0));
`;

/** By HTTP, so that it needs no package. */
const SQL = `
const { LIBSQL_URL, DATABASE_AUTH_TOKEN } = process.env;
export async function sql(statement) {
  const requests = [{ type: "execute", stmt: { sql: statement } }, { type: "close" }];
  const headers = { authorization: "Bearer " + DATABASE_AUTH_TOKEN };
  const response = await fetch(LIBSQL_URL + "/v2/pipeline", { method: "POST", headers, body: JSON.stringify({ requests }) });
  const [{ type, error, response: said }] = (await response.json()).results;
  if (type === "ok") return said.result.rows.map((row) => row[0].value);
  console.error(statement + " for " + DATABASE_AUTH_TOKEN + ": " + error.message);
  process.exit(3);
}
`;
const MIGRATE = `import { sql } from "./sql.mjs";
const version = Number(process.env.SCHEMA_VERSION);
await sql("CREATE TABLE IF NOT EXISTS notes (id INTEGER PRIMARY KEY, slug TEXT)");
if (version >= 2) await sql("CREATE UNIQUE INDEX IF NOT EXISTS slugs ON notes (slug)");
if (version === 3) await sql("UPDATE notes SET slug = slug || '!'");
if (version === 4) await sql("DELETE FROM notes WHERE id = 1");
console.log("at version " + version);
`;
const CHECK = `import { sql } from "./sql.mjs";
console.log(await sql("SELECT group_concat(slug) FROM notes"));
`;

let cloud: TestCloud;
let project: ScratchProject;
let committed = "";
const clients: Client[] = [];

beforeAll(async () => {
  if (!machinesRun) return;
  ({ cloud, project } = await startFleet({ machines: "processes" }));
  for (const [name, text] of Object.entries({
    "app.cjs": APP,
    "sql.mjs": SQL,
    "migrate.mjs": MIGRATE,
    "check.mjs": CHECK,
  }))
    writeFileSync(join(cloud.home, name), text);
  const names = ["app.cjs", "sql.mjs", "migrate.mjs", "check.mjs"];
  const files = Object.fromEntries(names.map((name) => [`/srv/${name}`, name]));
  const image = { files, workdir: "/srv", command: ["node", "/srv/app.cjs"] };
  writeFileSync(join(cloud.home, "images.yaml"), stringify({ [OLD]: image }));
  committed = readFileSync(join(project.dir, "tenants/plans.yaml"), "utf8");
  for (const id of ["acme", "globex"]) tenant(id);
  plans(1, OLD);
  await up(project);
}, SLOW);

afterAll(async () => {
  if (!machinesRun) return;
  for (const client of clients) client.close();
  await endFleet({ cloud, project });
}, SLOW);

function tenant(id: string, more = ""): void {
  project.tenant(id, `owner: team@example.com\nstorage: { backend: fly-volume }\n${more}`);
}

function plans(version: number, image: string, more = ""): void {
  const schema = `{ command: [node, /srv/migrate.mjs], version: ${version}${more} }`;
  const text = committed.replace("    engine: turso\n", `    engine: turso\n    schema: ${schema}\n`);
  writeFileSync(join(project.dir, "tenants/plans.yaml"), text.replace(/image: .*/, `image: ${image}`));
}

const databases = async () => (await tursoClient(cloud.descriptor.turso).databases({})).map(({ name }) => name);

/** As somebody with the organisation's token. */
async function sql(id: string, statement: string): Promise<unknown[]> {
  const account = cloud.descriptor.turso;
  const turso = tursoClient(account);
  const [name = ""] = (await databases()).filter((each) => each.includes(id));
  const authToken = await turso.mint(name, { expiration: "1h", authorization: "full-access" }, {});
  const url = libsqlUrl(account.endpoint, (await turso.database(name, {}))?.hostname ?? "");
  const client = createClient({ url, authToken });
  clients.push(client);
  return (await client.execute(statement)).rows.map((row) => row[0]);
}

const indexes = (id: string) => sql(id, "SELECT name FROM sqlite_schema WHERE type = 'index'");

interface Listed {
  readonly id: string;
  readonly schema: { readonly declared: number; readonly found: number };
  readonly exists: { readonly app: string; readonly machine: { readonly config: { readonly image: string } } };
}
const listed = async () => parsed(await project.tenantry("list", "--json")) as Listed[];
const existing = async () =>
  Object.fromEntries(
    (await listed()).map(({ id, schema, exists }) => [
      id,
      [schema.declared, schema.found, exists.machine.config.image],
    ]),
  );

describe("tenants whose app has a migrator of its own", () => {
  itIf(machinesRun, whyNoMachine)(
    "have it run in one-off machines: on clones first, then before each machine changes, and one tenant's failure stays its own",
    async () => {
      expect(await existing()).toEqual({ acme: [1, 1, OLD], globex: [1, 1, OLD] });
      await sql("acme", "INSERT INTO notes (slug) VALUES ('a'), ('b')");
      await sql("globex", "INSERT INTO notes (slug) VALUES ('a'), ('a')");
      plans(2, NEW);

      const shown = await project.tenantry("schema", "plan");
      expect(shown.stdout).toContain("acme, globex: version 1 -> 2, before their machines change");
      expect(shown.stdout).toContain("the app's own migrator: node /srv/migrate.mjs");
      expect(shown.stdout).toContain(`in a one-off machine of the image ${NEW}`);
      expect(shown.code).toBe(2);

      const refused = await project.tenantry("up", "--yes");
      expect(refused).toMatchObject({ code: 1, stderr: expect.stringContaining("SCHEMA_REHEARSAL_FAILED") as unknown });
      expect(refused.stderr).toMatch(/globex: SCHEMA_MIGRATOR_FAILED: exit code 3/);
      expect(refused.stderr).toMatch(/CREATE UNIQUE INDEX .* for \*\*\*: .*UNIQUE constraint failed: notes\.slug/);
      expect(await databases()).toHaveLength(2);
      expect(await indexes("acme")).toEqual([]);

      // Without a rehearsal the failure is one tenant's: its machine keeps its image, the other one has both.
      const pulumi = await project.pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
      expect(`${pulumi.stdout}${pulumi.stderr}`).toContain("SCHEMA_MIGRATOR_FAILED");
      expect(await existing()).toEqual({ acme: [2, 2, NEW], globex: [2, 1, OLD] });
      expect([await indexes("acme"), await indexes("globex")]).toEqual([["slugs"], []]);
      expect(await project.tenantry("schema", "status")).toMatchObject({
        code: 2,
        stdout: expect.stringMatching(/globex +2 +1 +due +the migrator, in /) as unknown,
      });

      await sql("globex", "UPDATE notes SET slug = 'b' WHERE id = 2");
      const up = await project.tenantry("up", "--yes");
      expect([up.code, up.stderr]).toEqual([0, up.stderr]);
      expect(up.stderr).toMatch(/the app's own migrator: succeeded on 1 clone, at most \d+ ms .*\(globex, 2 rows\)/);
      expect(await existing()).toEqual({ acme: [2, 2, NEW], globex: [2, 2, NEW] });
      const status = parsed(await project.tenantry("schema", "status", "--json")) as object[];
      expect(status).toMatchObject([
        { tenant: "acme", is: "current", lastMigrator: { image: NEW, finished: expect.any(String) as unknown } },
        { tenant: "globex", is: "current" },
      ]);
      const stored = (await project.pulumi("stack", "export", "--show-secrets")).stdout;
      const { deployment } = JSON.parse(stored) as {
        deployment: { resources: { type: string; inputs?: object; outputs?: { token?: string } }[] };
      };
      const [token = "?"] = deployment.resources.flatMap(({ outputs }) => outputs?.token ?? []);
      const migrators = JSON.stringify(deployment.resources.filter(({ type }) => type === "tenantry:fly:Migrator"));
      expect([migrators.includes(token), migrators.includes("/srv/migrate.mjs")]).toEqual([false, true]);
    },
    SLOW,
  );

  itIf(machinesRun, whyNoMachine)(
    "are stopped on the clone where the app's own check prints otherwise, or rows are gone that the file does not name",
    async () => {
      const check = ", check: { command: [node, /srv/check.mjs] }";
      plans(3, NEW, check);
      tenant("globex", "database: { schema: { version: 4 } }\n");
      const refused = await project.tenantry("schema", "plan", "--rehearse");
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain("acme: the check prints another result than before the migration");
      expect(refused.stderr).toContain("globex: table notes has 1 of 2 rows");
      plans(4, NEW, ", mayShrink: [notes]");
      const meant = await project.tenantry("schema", "plan", "--rehearse", "globex");
      expect([meant.code, meant.stderr]).toEqual([2, meant.stderr]);
      expect(await sql("globex", "SELECT slug FROM notes")).toEqual(["a", "b"]);
      expect(await databases()).toHaveLength(2);
    },
    SLOW,
  );
});
