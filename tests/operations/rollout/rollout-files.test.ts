import { afterEach, describe, expect, it } from "@jest/globals";

import { TenantryError } from "../../../errors/tenantry-error.ts";
import { advance, liftHalt } from "../../../operations/rollout/advance.ts";
import { returnTenants } from "../../../operations/rollout/back.ts";
import { finishRollout } from "../../../operations/rollout/finish.ts";
import type { GateFinding } from "../../../operations/rollout/gates.ts";
import { leftOutIn } from "../../../operations/review/left-out.ts";
import { holdingRollouts, openActive, openRollout } from "../../../operations/rollout/opened.ts";
import { beginRing, newRecord } from "../../../operations/rollout/rings.ts";
import { NEW, OLD, rolloutProject, type RolloutProject } from "./rollout-project.ts";

const IDS = ["ada", "bob", "cyd", "dan", "eve", "fay", "gus", "hal"];
const NOW = new Date("2027-01-10T12:00:00Z");
const AGENT_2 = `reason: agent 2 closes the lock
change: { machine: { image: "${NEW}" } }
rings:
  - canary: [ada]
  - 50%
  - rest
hold:
  - { tenant: hal, until: 2027-01-31, reason: audit until January }
halt: 2
`;

const projects: RolloutProject[] = [];
afterEach(() => {
  for (const each of projects.splice(0)) each.dispose();
});

/** Eight tenants, of which one is held, one is suspended, one has an image of its own; and the rollout. */
function project(rollout = AGENT_2, stacks?: readonly string[]): RolloutProject {
  const made = rolloutProject(stacks);
  projects.push(made);
  for (const id of IDS) made.tenant(id);
  made.tenant("gus", `owner: ops@acme.example\nmachine:\n  image: ghcr.io/gus/own:7 # theirs\n`);
  made.tenant("fay", "owner: ops@acme.example\nstate: suspended\n");
  made.rollout(rollout);
  return made;
}

const images = (made: RolloutProject, stack?: string) =>
  Object.fromEntries(made.tenants(stack).map(({ id, machine }) => [id, machine.image]));
const having = (made: RolloutProject, image: string, stack?: string) =>
  Object.entries(images(made, stack)).flatMap(([id, has]) => (has === image ? [id] : []));

function start(made: RolloutProject, stack?: string) {
  const opened = openRollout(made.context(stack), "agent-2", NOW);
  return beginRing(opened, newRecord(opened, NOW), NOW);
}

const hold = (tenants: readonly string[]): Promise<readonly GateFinding[]> =>
  Promise.resolve(tenants.map((tenant) => ({ tenant, gate: "checks", verdict: "holds", words: "runs" })));
const next = (made: RolloutProject, ask = hold, stack?: string) =>
  advance(openActive(made.context(stack), "agent-2", NOW), ask, { now: NOW, untried: false });
const said = (verdict: GateFinding["verdict"], words: string) => (tenants: readonly string[]) =>
  Promise.resolve(tenants.map((tenant): GateFinding => ({ tenant, gate: "checks", verdict, words })));

async function codeOf(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    if (error instanceof TenantryError) return error.code;
    throw error;
  }
  return "none";
}

describe("a rollout over the files of a stack", () => {
  it("goes ring by ring to everybody but those who are held, suspended or have their own, and then into the plan", async () => {
    const made = project();
    const before = made.files();
    expect(openRollout(made.context(), "agent-2", NOW).view.leftOut).toEqual([
      { id: "fay", as: "skipped", why: "it is suspended" },
      { id: "gus", as: "own-value", why: "its file sets machine.image" },
      { id: "hal", as: "held", why: "until 2027-01-31: audit until January" },
    ]);
    start(made);
    expect(having(made, NEW)).toEqual(["ada"]);
    expect(made.files()["tenants/local/ada.yaml"]).toBe(`owner: ops@acme.example # asks\nmachine:\n  image: ${NEW}\n`);
    await next(made);
    expect(having(made, NEW)).toHaveLength(3);
    const { written, passed } = await next(made);
    expect([written?.ring, passed]).toEqual(["rest", "50%"]);
    expect(having(made, NEW)).toEqual(["ada", "bob", "cyd", "dan", "eve"]);
    expect((await next(made)).written).toBeUndefined();
    const resolved = made.tenants();
    expect(finishRollout(openActive(made.context(), "agent-2", NOW), NOW)).toEqual({
      moved: ["standard"],
      kept: [],
      unpinned: ["ada", "bob", "cyd", "dan", "eve"],
      stay: ["fay", "hal"],
    });
    expect(made.tenants()).toEqual(resolved);
    const after = made.files();
    expect(after["tenants/plans.yaml"]).toBe(before["tenants/plans.yaml"]?.replace(OLD, NEW));
    for (const id of ["ada", "bob", "cyd", "dan", "eve", "gus"])
      expect(after[`tenants/local/${id}.yaml`]).toBe(before[`tenants/local/${id}.yaml`]);
    expect(images(made)["hal"]).toBe(OLD);
    expect(await codeOf(() => openActive(made.context(), "agent-2", NOW))).toBe("ROLLOUT_NOT_STARTED");
  });

  it("leaves alone who is being restored right now, and takes them in a ring of their own afterwards", async () => {
    const made = project();
    start(made);
    const busy = new Map([["dan", "under restore since 2027-01-10 11:00 UTC by ada"]]);
    const open = (whom = busy) => openActive(made.context(), "agent-2", NOW, whom);
    const step = (whom = busy) => advance(open(whom), hold, { now: NOW, untried: false });
    expect(open().view.leftOut).toContainEqual({ id: "dan", as: "skipped", why: busy.get("dan") });
    await step();
    await step();
    expect((await step()).written).toBeUndefined();
    expect(having(made, NEW)).toEqual(["ada", "bob", "cyd", "eve"]);
    expect((await step(new Map())).written).toMatchObject({ ring: "late", tenants: ["dan"] });
  });

  it("has plans name who is left out while it is under way, and no longer", async () => {
    const made = project();
    expect(await leftOutIn(made.context(), NOW)).toEqual([]);
    start(made);
    expect(await leftOutIn(made.context(), NOW)).toEqual([
      { rollout: "agent-2", tenant: "fay", as: "skipped", why: "it is suspended" },
      { rollout: "agent-2", tenant: "gus", as: "own-value", why: "its file sets machine.image" },
      { rollout: "agent-2", tenant: "hal", as: "held", why: "until 2027-01-31: audit until January" },
    ]);
    await next(made);
    made.rollout("change: [");
    expect(await leftOutIn(made.context(), NOW)).toEqual([]);
  });

  it("brings a schema's version ring by ring, keeps the folder of the plan, and takes it back", async () => {
    const made = project(`change: { database: { schema: { version: 2 } } }
rings: [{ canary: [ada] }, rest]
`);
    made.plans(`standard:
  machine: { image: "${OLD}" }
  database:
    schema:
      from: migrations/notes
      version: 1 # tested
`);
    for (const name of ["0001_notes", "0002_slugs"]) made.file(`migrations/notes/${name}.sql`, "SELECT 1;\n");
    const versions = () =>
      made.tenants().map(({ id, database }) => `${id} ${"schema" in database ? String(database.schema.version) : ""}`);
    const before = made.files();
    start(made);
    expect(made.files()["tenants/local/ada.yaml"]).toContain("database:\n  schema:\n    version: 2\n");
    expect(versions().filter((each) => each.endsWith("2"))).toEqual(["ada 2"]);
    expect(returnTenants(openActive(made.context(), "agent-2", NOW), { tenants: ["ada"] }, NOW)).toEqual(["ada"]);
    expect(made.files()["tenants/local/ada.yaml"]).toBe(before["tenants/local/ada.yaml"]);

    made.restore(before);
    start(made);
    await next(made);
    await next(made);
    const resolved = made.tenants();
    expect(finishRollout(openActive(made.context(), "agent-2", NOW), NOW)).toMatchObject({
      moved: ["standard"],
      stay: ["fay"],
    });
    expect(made.tenants()).toEqual(resolved);
    expect(made.files()["tenants/plans.yaml"]).toContain("version: 2 # tested");
  });

  it("writes nothing where the folder has no such migration", async () => {
    const made = project("change: { database: { schema: { from: migrations/notes, version: 3 } } }\nrings: [rest]\n");
    made.file("migrations/notes/0001_notes.sql", "SELECT 1;\n");
    const before = made.files();
    expect(await codeOf(() => start(made))).toBe("TENANT_FILES_INVALID");
    expect(made.files()).toEqual(before);
  });

  it("is completed by the next run when it is killed between any two files, and never begins a ring twice", async () => {
    const made = project();
    const before = made.files();
    start(made);
    await next(made);
    const whole = made.files();
    const ring = openRollout(made.context(), "agent-2", NOW).view.rings[1]?.tenants.map(({ id }) => id) ?? [];
    expect(ring).toHaveLength(2);
    for (let written = 0; written < ring.length; written += 1) {
      const unwritten = ring.slice(written).map((id) => `tenants/local/${id}.yaml`);
      made.restore({ ...whole, ...Object.fromEntries(unwritten.map((path) => [path, before[path] ?? ""])) });
      const asked: string[] = [];
      const again = await next(made, (tenants) => (asked.push(...tenants), hold(tenants)));
      expect(again.written?.files).toHaveLength(ring.length - written);
      expect(asked).toEqual([]);
      expect(made.files()).toEqual(whole);
    }
  });

  it("is finished by the next run after a kill between any two files, and no tenant's value changes meanwhile", async () => {
    const made = project();
    start(made);
    for (let step = 0; step < 3; step += 1) await next(made);
    const [before, resolved] = [made.files(), made.tenants()];
    finishRollout(openActive(made.context(), "agent-2", NOW), NOW);
    const after = made.files();
    const staying = ["fay", "hal"].map((id) => `tenants/local/${id}.yaml`);
    const order = [
      ...staying,
      "tenants/plans.yaml",
      ...["ada", "bob", "cyd", "dan", "eve"].map((id) => `tenants/local/${id}.yaml`),
    ];
    for (let written = 0; written <= order.length; written += 1) {
      const done = Object.fromEntries(order.slice(0, written).map((path) => [path, after[path] ?? ""]));
      made.restore({ ...before, ...done });
      expect(made.tenants()).toEqual(resolved);
      finishRollout(openActive(made.context(), "agent-2", NOW), NOW);
      expect(made.files()).toEqual(after);
    }
  });

  it("waits while a gate is open, and begins nothing", async () => {
    const made = project();
    start(made);
    const before = made.files();
    expect(await codeOf(() => next(made, said("open", "has run for 3 s of 10m")))).toBe("ROLLOUT_GATE_OPEN");
    expect(await codeOf(() => next(made, said("asleep", "its machine sleeps")))).toBe("ROLLOUT_GATE_OPEN");
    expect(made.files()).toEqual(before);
    const opened = openActive(made.context(), "agent-2", NOW);
    await advance(opened, said("asleep", "its machine sleeps"), { now: NOW, untried: true });
    expect(having(made, NEW)).toHaveLength(3);
  });

  it("waits while no tenant of the ring is healthy with it, however few they are", async () => {
    const made = project();
    start(made);
    expect(await codeOf(() => next(made, said("failed", "/ answers 500")))).toBe("ROLLOUT_GATE_OPEN");
    expect(having(made, NEW)).toEqual(["ada"]);
    expect(returnTenants(openActive(made.context(), "agent-2", NOW), { failed: new Set() }, NOW)).toEqual(["ada"]);
    expect((await next(made)).written?.ring).toBe("50%");
  });

  it("is halted when as many tenants failed as may, and goes on when somebody has started it again", async () => {
    const made = project();
    start(made);
    await next(made);
    expect(await codeOf(() => next(made, said("failed", "its check http is critical")))).toBe("ROLLOUT_HALTED");
    expect(having(made, NEW)).toHaveLength(3);
    expect(await codeOf(() => next(made))).toBe("ROLLOUT_HALTED");
    liftHalt(openActive(made.context(), "agent-2", NOW), NOW);
    expect((await next(made)).passed).toBe("50%");
  });

  it("goes on with fewer failures than that, and returns exactly those that failed", async () => {
    const made = project();
    start(made);
    await next(made);
    const ring = openRollout(made.context(), "agent-2", NOW).view.rings[1]?.tenants.map(({ id }) => id) ?? [];
    const [bad = "", good = ""] = ring;
    await next(made, (tenants) =>
      Promise.resolve(
        tenants.map((tenant): GateFinding => ({
          tenant,
          gate: "probe",
          verdict: tenant === bad ? "failed" : "holds",
          words: "/ answers 500",
        })),
      ),
    );
    const before = made.files();
    expect(returnTenants(openActive(made.context(), "agent-2", NOW), { failed: new Set() }, NOW)).toEqual([bad]);
    expect(images(made)[bad]).toBe(OLD);
    expect(images(made)[good]).toBe(NEW);
    const changed = Object.entries(made.files()).flatMap(([path, text]) => (before[path] === text ? [] : [path]));
    expect(changed.sort()).toEqual(["rollouts/local/agent-2.yaml", `tenants/local/${bad}.yaml`]);
  });

  it("returns all of a ring, or who is named, to the letter of what their files said", async () => {
    const own = AGENT_2.replace("halt: 2", "ownValues: replace");
    const made = project(own);
    const before = made.files();
    start(made);
    await next(made);
    await next(made);
    const opened = () => openActive(made.context(), "agent-2", NOW);
    expect(having(made, NEW)).toContain("gus");
    expect(await codeOf(() => returnTenants(opened(), { tenants: ["hal"] }, NOW))).toBe("ROLLOUT_NOT_ITS_TENANT");
    expect(await codeOf(() => returnTenants(opened(), { ring: "5%" }, NOW))).toBe("ROLLOUT_NOT_ITS_TENANT");
    expect(returnTenants(opened(), { tenants: ["gus"] }, NOW)).toEqual(["gus"]);
    for (const ring of ["canary", "50%", "rest"]) returnTenants(opened(), { ring }, NOW);
    const { "rollouts/local/agent-2.yaml": _, ...after } = made.files();
    expect(after).toEqual(before);
  });

  it("leaves alone what somebody has edited since", async () => {
    const made = project();
    start(made);
    made.tenant("ada", "owner: ops@acme.example\nmachine:\n  image: ghcr.io/ada/fix:1\n");
    await next(made, () => Promise.resolve([]));
    expect(images(made)["ada"]).toBe("ghcr.io/ada/fix:1");
    expect(returnTenants(openActive(made.context(), "agent-2", NOW), { ring: "canary" }, NOW)).toEqual([]);
    expect(await codeOf(() => finishRollout(openActive(made.context(), "agent-2", NOW), NOW))).toBe("ROLLOUT_OPEN");
  });

  it("puts later tenants, and those no longer held, into a ring of their own", async () => {
    const made = project();
    start(made);
    for (let step = 0; step < 3; step += 1) await next(made);
    made.tenant("ivy");
    const later = new Date("2027-02-01T00:00:00Z");
    const opened = openActive(made.context(), "agent-2", later);
    expect(opened.view.late).toEqual(["hal", "ivy"]);
    const { written } = await advance(opened, hold, { now: later, untried: false });
    expect(written).toMatchObject({ ring: "late", tenants: ["hal", "ivy"] });
    expect(having(made, NEW)).toContain("ivy");
  });

  it("refuses a value that a tenant cannot take, before anything is written", async () => {
    // Only cyd's four CPUs need more: its ring is refused as a whole.
    const made = project(AGENT_2.replace(`image: "${NEW}"`, "memoryMb: 768").replace("[ada]", "[ada, cyd, dan]"));
    made.tenant("cyd", "owner: ops@acme.example\nmachine: { cpus: 4 }\n");
    const before = made.files();
    expect(await codeOf(() => start(made))).toBe("TENANT_FILES_INVALID");
    expect(made.files()).toEqual(before);
  });

  it("is not mixed with another value, another rollout of the same setting, or another run of its verbs", async () => {
    const made = project();
    start(made);
    made.rollout(AGENT_2.replace(NEW, "ghcr.io/acme/agent:3"));
    expect(await codeOf(() => openActive(made.context(), "agent-2", NOW))).toBe("ROLLOUT_CHANGED");
    made.rollout(AGENT_2, "agent-other");
    const other = openRollout(made.context(), "agent-other", NOW);
    expect(await codeOf(() => newRecord(other, NOW))).toBe("ROLLOUT_UNDER_WAY");
    expect(await codeOf(() => holdingRollouts(made.context(), () => holdingRollouts(made.context(), () => 1)))).toBe(
      "ROLLOUT_BUSY",
    );
  });
});

describe("a rollout over plans that other stacks and tenants use too", () => {
  it("does not move into a plan while another stack waits, and does when that is through", async () => {
    const made = project(AGENT_2, ["local", "prod"]);
    made.tenant("pia", undefined, "prod");
    start(made);
    for (let step = 0; step < 3; step += 1) await next(made);
    expect(await codeOf(() => finishRollout(openActive(made.context(), "agent-2", NOW), NOW))).toBe("ROLLOUT_OPEN");
    start(made, "prod");
    await next(made, hold, "prod");
    expect(finishRollout(openActive(made.context(), "agent-2", NOW), NOW).moved).toEqual(["standard"]);
    expect(having(made, NEW, "prod")).toEqual(["pia"]);
  });

  it("keeps its value as the tenants' own where it is not for all of a plan", async () => {
    const made = project(AGENT_2.replace("rings:", "for: { labels: { tier: beta } }\nrings:"));
    made.tenant("ada", "owner: ops@acme.example\nlabels: { tier: beta }\n");
    start(made);
    await next(made);
    const files = made.files();
    expect(finishRollout(openActive(made.context(), "agent-2", NOW), NOW)).toMatchObject({
      moved: [],
      kept: ["standard"],
      unpinned: [],
    });
    expect({ ...made.files(), "rollouts/local/agent-2.yaml": "" }).toEqual({
      ...files,
      "rollouts/local/agent-2.yaml": "",
    });
    expect(having(made, NEW)).toEqual(["ada"]);
  });
});
