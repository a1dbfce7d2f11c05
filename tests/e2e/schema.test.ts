import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Client, createClient } from "@libsql/client";

import { tursoClient } from "../../provider/turso/client.ts";
import { libsqlUrl } from "../../provider/turso/data-url.ts";
import type { TestCloud } from "../support/cloud.ts";
import { endFleet, startFleet, up } from "../support/fleet.ts";
import { parsed, type ScratchProject } from "../support/scratch-project.ts";

const SLOW = 600_000;
const OLD = "ghcr.io/tenantry/reference-app:0.1.0";
const NEW = "ghcr.io/tenantry/reference-app:0.2.0";
const OWNER = "owner: team@example.com\n";
const PINNED = `${OWNER}database: { schema: { version: 1 } }\n`;

let cloud: TestCloud;
let project: ScratchProject;
const clients: Client[] = [];

beforeAll(async () => {
  ({ cloud, project } = await startFleet());
  project.tenant("acme");
  project.tenant("globex");
  migration("0001_notes.sql", "CREATE TABLE notes (id INTEGER PRIMARY KEY, slug TEXT);\n");
  plans(1, OLD);
  await up(project);
}, SLOW);

afterAll(async () => {
  for (const client of clients) client.close();
  await endFleet({ cloud, project });
});

function migration(name: string, sql: string): void {
  mkdirSync(join(project.dir, "migrations/notes"), { recursive: true });
  writeFileSync(join(project.dir, "migrations/notes", name), sql);
}

let committed: string | undefined;
function plans(version: number, image: string): void {
  const file = join(project.dir, "tenants/plans.yaml");
  committed ??= readFileSync(file, "utf8");
  const schema = `{ from: migrations/notes, version: ${version} }`;
  const text = committed.replace("    engine: turso\n", `    engine: turso\n    schema: ${schema}\n`);
  writeFileSync(file, text.replace(OLD, image));
}

/** As somebody with the organisation's token. */
async function sql(tenant: string): Promise<Client> {
  const account = cloud.descriptor.turso;
  const turso = tursoClient(account);
  const [name = ""] = (await turso.databases({})).map((each) => each.name).filter((each) => each.includes(tenant));
  const authToken = await turso.mint(name, { expiration: "1h", authorization: "full-access" }, {});
  const client = createClient({
    url: libsqlUrl(account.endpoint, (await turso.database(name, {}))?.hostname ?? ""),
    authToken,
  });
  clients.push(client);
  return client;
}

/** Version and image of each tenant, as the state tells. */
async function existing(): Promise<Readonly<Record<string, readonly unknown[]>>> {
  const listed = parsed(await project.tenantry("list", "--json")) as {
    id: string;
    schema: { declared: number; found: number };
    exists: { machine: { config: { image: string } } };
  }[];
  return Object.fromEntries(
    listed.map(({ id, schema, exists }) => [id, [schema.declared, schema.found, exists.machine.config.image]]),
  );
}

const found = async () =>
  (parsed(await project.tenantry("schema", "status", "--json")) as { tenant: string; found: number }[]).map(
    ({ tenant, found: version }) => [tenant, version],
  );

describe("a schema of two tenants' databases", () => {
  it(
    "comes with them, goes forward after its clones, and leaves alone who is not ready for it",
    async () => {
      expect(await project.tenantry("schema", "status")).toMatchObject({ code: 0 });
      expect(await existing()).toEqual({ acme: [1, 1, OLD], globex: [1, 1, OLD] });
      expect(parsed(await project.tenantry("report", "--tenant", "acme", "--no-measure", "--json"))).toMatchObject({
        row: {
          image: { declared: OLD, applied: OLD },
          schema: { declared: 1, found: 1 },
          settings: expect.arrayContaining([{ setting: "database.schema.version", value: 1, from: "plan" }]) as unknown,
        },
        rings: [],
        history: [{ kind: "tenant", tenant: "acme", result: "ok" }],
      });
      await (await sql("acme")).execute("INSERT INTO notes (slug) VALUES ('a'), ('b')");
      await (await sql("globex")).execute("INSERT INTO notes (slug) VALUES ('a'), ('a')");
      migration("0002_slugs.sql", "CREATE UNIQUE INDEX slugs ON notes (slug);\n");
      plans(2, NEW);

      const shown = await project.tenantry("schema", "plan");
      expect(shown).toMatchObject({ code: 2, stdout: expect.stringContaining("! unique-index") as unknown });
      expect(shown.stdout).toContain("acme, globex: version 1 -> 2, before their machines change");
      const planned = await project.tenantry("plan", "--no-refresh");
      expect(planned.stdout).toMatch(/version\W+1\W+2/);

      // Nothing of anybody is touched while one clone fails.
      for (const verb of [
        ["up", "--yes"],
        ["schema", "plan", "--rehearse"],
      ]) {
        const refused = await project.tenantry(...verb);
        expect(refused).toMatchObject({
          code: 1,
          stderr: expect.stringContaining("SCHEMA_REHEARSAL_FAILED") as unknown,
        });
        expect(refused.stderr).toContain("globex: SCHEMA_MIGRATION_FAILED: migrations/notes/0002_slugs.sql:1:");
      }
      expect(await existing()).toEqual({ acme: [2, 1, OLD], globex: [2, 1, OLD] });
      expect(await found()).toEqual([
        ["acme", 1],
        ["globex", 1],
      ]);

      // Without a rehearsal the failure is one tenant's: its machine keeps its image, the other one has both.
      await project.pulumi("up", "--yes", "--skip-preview", "--continue-on-error");
      expect(await existing()).toEqual({ acme: [2, 2, NEW], globex: [2, 1, OLD] });

      project.tenant("globex", PINNED);
      const { code, stderr } = await project.tenantry("up", "--yes");
      expect([code, stderr]).toEqual([0, stderr]);
      expect(await existing()).toEqual({ acme: [2, 2, NEW], globex: [1, 1, NEW] });
    },
    SLOW,
  );

  it(
    "is found by drift where a database has become older, and brought forward again",
    async () => {
      const acme = await sql("acme");
      await acme.batch(["DROP INDEX slugs", "DELETE FROM _tenantry_migrations WHERE number = 2"], "write");
      await cloud.forgetCalls();
      const drift = await project.tenantry("drift");
      expect(drift).toMatchObject({ code: 2, stdout: expect.stringContaining("schema.version") as unknown });
      const changing = (await cloud.calls()).filter(({ mutating }) => mutating).map(({ operation }) => operation);
      expect(changing.filter((operation) => !operation.endsWith("/auth/tokens"))).toEqual([]);
      expect(await project.tenantry("schema", "status")).toMatchObject({
        code: 2,
        stdout: expect.stringMatching(/acme +2 +1 +due +0002_slugs/) as unknown,
      });
      const brought = await project.tenantry("schema", "up", "--json");
      expect(brought.stderr).toMatch(/0002_slugs: succeeded on 1 clone, at most \d+ ms \(acme, 2 rows\)/);
      expect(parsed(brought)).toMatchObject([
        { tenant: "acme", result: "brought", ran: [{ step: "0002_slugs", statements: 1 }] },
        { tenant: "globex", result: "current" },
      ]);
      const { entries } = parsed(await project.tenantry("history", "--json")) as { entries: object[] };
      expect(entries.slice(-3)).toMatchObject([
        { kind: "begun" },
        { kind: "tenant", tenant: "acme", result: "ok", changes: {}, migrations: ["0002_slugs"] },
        { kind: "ended", result: "ok" },
      ]);
      expect((await project.tenantry("history", "acme")).stdout).toContain("ran 0002_slugs");
    },
    SLOW,
  );

  it(
    "goes to a ring of a rollout, and is taken back with it",
    async () => {
      migration("0003_text.sql", "ALTER TABLE notes ADD COLUMN text TEXT;\n");
      migration("0003_text.down.sql", "ALTER TABLE notes DROP COLUMN text;\n");
      mkdirSync(join(project.dir, "rollouts"));
      const rollout = "change: { database: { schema: { version: 3 } } }\nrings: [{ canary: [acme] }, rest]\n";
      writeFileSync(join(project.dir, "rollouts/schema-3.yaml"), rollout);
      expect(await project.tenantry("rollout", "start", "schema-3")).toMatchObject({ code: 0 });
      expect(await project.tenantry("up", "--yes")).toMatchObject({ code: 0 });
      expect(await found()).toEqual([
        ["acme", 3],
        ["globex", 1],
      ]);
      const next = await project.tenantry("rollout", "next", "schema-3");
      expect(next).toMatchObject({ code: 2, stderr: expect.stringMatching(/has run for \d+ s of 10m/) as unknown });
      expect(await project.tenantry("rollout", "back", "schema-3", "acme")).toMatchObject({ code: 0 });
      expect(await project.tenantry("up", "--yes")).toMatchObject({ code: 0 });
      expect(await found()).toEqual([
        ["acme", 2],
        ["globex", 1],
      ]);
    },
    SLOW,
  );
});
