import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { httpErrors } from "../../../provider/http/errors.ts";
import { HalfDone } from "../../../provider/plugin/resource-type.ts";
import { Unknown } from "../../../provider/plugin/unknown.ts";
import { tursoClient } from "../../../provider/turso/client.ts";
import { type DatabaseInputs, type DatabaseState, databaseType } from "../../../provider/turso/database.ts";
import { tursoErrors } from "../../../provider/turso/errors.ts";
import { claimsThatSay, testCall } from "../../support/call.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { databaseInputs, failureOf, listeningClaims, stranger } from "./platform.ts";

const GROUP = "here";
let cloud: TestCloud;
let outside: ReturnType<typeof stranger>;
let type: ReturnType<typeof databaseType>;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["turso"] });
  outside = stranger(cloud.descriptor.turso);
  type = databaseType(tursoClient(cloud.descriptor.turso));
  await Promise.all(
    [GROUP, "elsewhere"].map((name) => outside.must("POST", "/groups", { name, location: "aws-us-east-1" })),
  );
});
afterAll(() => cloud.dispose());
afterEach(() => cloud.faults());

const inputsOf = (name: string, more: Partial<DatabaseInputs> = {}) => databaseInputs(name, GROUP, more);

/** Makes a database through the provider. */
async function made(name: string, more: Partial<DatabaseInputs> = {}) {
  const inputs = inputsOf(name, more);
  const { state } = await type.create(inputs, testCall());
  return { inputs, state };
}

/** What `read` finds, for what the state file knows. */
async function seen(known: { inputs: DatabaseInputs; state: DatabaseState }) {
  return type.read(known.inputs.name, known, testCall());
}

async function update(known: { inputs: DatabaseInputs; state: DatabaseState }, more: Partial<DatabaseInputs>) {
  const call = testCall();
  const inputs = { ...known.inputs, ...more };
  const state = await type.update?.(known.inputs.name, known, inputs, call);
  return { inputs, state, lines: call.lines };
}

const answerDuplicatesWith = (status: number) => cloud.switches({ "turso.duplicateName": String(status) });
const mutations = async () => (await cloud.calls()).filter(({ mutating }) => mutating);

describe("a Turso database", () => {
  it("is made with everything that is declared, and reads back exactly as declared", async () => {
    const known = await made("whole", {
      blockReads: true,
      blockWrites: true,
      allowedIps: ["10.0.0.0/8", "127.0.0.1"],
    });
    expect(known.state.dbId).toBe(await outside.dbId("whole"));
    expect(await outside.configuration("whole")).toMatchObject({
      size_limit: "",
      block_reads: true,
      block_writes: true,
      delete_protection: true,
      allowed_ips: ["10.0.0.0/8", "127.0.0.1"],
    });
    expect(await seen(known)).toEqual({ id: "whole", ...known });
  });

  it("is made in two calls by default, and in one when nothing has to be switched on", async () => {
    await cloud.forgetCalls();
    const known = await made("default");
    expect((await mutations()).map(({ operation, count }) => `${count} ${operation}`)).toEqual([
      "1 POST /v1/organizations/{org}/databases",
      "1 PATCH /v1/organizations/{org}/databases/{database}/configuration",
    ]);
    await cloud.forgetCalls();
    await made("open", { deleteProtection: false });
    expect((await mutations()).map(({ operation }) => operation)).toEqual(["POST /v1/organizations/{org}/databases"]);
    expect(await seen(known)).toEqual({ id: "default", ...known });
  });

  it("starts as a copy of its seed", async () => {
    await made("source");
    const known = await made("copy", { seed: { type: "database", name: "source" } });
    const shown = (await outside.must("GET", "/databases/copy")) as { database: { parent: { name: string } } };
    expect(shown.database.parent.name).toBe("source");
    expect(await seen(known)).toEqual({ id: "copy", ...known });
  });

  it("is imported by its name with every setting; tenant and claim are the plugin's to fill in", async () => {
    await outside.must("POST", "/databases", { name: "imported", group: GROUP });
    await outside.must("PATCH", "/databases/imported/configuration", { block_writes: true, allowed_ips: ["10.1.1.1"] });
    const found = await type.read("imported", undefined, testCall());
    expect(found?.inputs).toEqual({
      name: "imported",
      group: GROUP,
      deleteProtection: false,
      blockReads: false,
      blockWrites: true,
      allowedIps: ["10.1.1.1"],
      tokenEpoch: 1,
    });
    expect(found?.state.dbId).toBe(await outside.dbId("imported"));
  });

  it("is absent when Turso says so, and unknown when it does not", async () => {
    expect(await type.read("absent", undefined, testCall())).toBeUndefined();
    await cloud.faults({ operation: "^GET .*/\\{database\\}$", kind: "error", status: 400 });
    await expect(type.read("absent", undefined, testCall())).rejects.toMatchObject({ kind: httpErrors.VENDOR_FAILED });
  });

  it("keeps its outputs in the preview of an update, so that nothing behind it seems to change", async () => {
    const known = await made("foreseen");
    expect(type.foresee?.(known.inputs, known)).toEqual(known.state);
    expect(type.foresee?.(known.inputs, undefined)).toEqual({});
  });
});

describe("a Turso database, changed behind its back", () => {
  const declared = { allowedIps: ["10.0.0.1"] };

  it.each([
    ["its protection", { delete_protection: false }, { deleteProtection: false }],
    ["blocked reads", { block_reads: true }, { blockReads: true }],
    ["blocked writes", { block_writes: true }, { blockWrites: true }],
    ["its allow-list", { allowed_ips: ["10.0.0.2"] }, { allowedIps: ["10.0.0.2"] }],
    ["an emptied allow-list", { allowed_ips: [] }, { allowedIps: [] }],
  ] as const)("shows %s and nothing else, and an update puts it right in one call", async (title, patch, drift) => {
    const name = `drift-${title.replaceAll(/\W+/g, "-")}`;
    const known = await made(name, declared);
    const before = await outside.configuration(name);
    await outside.must("PATCH", `/databases/${name}/configuration`, patch);
    const found = await seen(known);
    expect(found).toEqual({ id: name, inputs: { ...known.inputs, ...drift }, state: known.state });

    await cloud.forgetCalls();
    await update({ inputs: found?.inputs ?? known.inputs, state: known.state }, known.inputs);
    expect(await mutations()).toMatchObject([{ operation: expect.stringMatching("^PATCH"), count: 1 }]);
    expect(await outside.configuration(name)).toEqual(before);
  });

  it("shows another id when it was made anew", async () => {
    const known = await made("anew");
    await outside.destroy("anew");
    await outside.must("POST", "/databases", { name: "anew", group: GROUP });
    const found = await seen(known);
    expect(found?.state.dbId).toBe(await outside.dbId("anew"));
    expect(found?.state.dbId).not.toBe(known.state.dbId);
  });

  it("is gone when it was deleted", async () => {
    const known = await made("deleted");
    await outside.destroy("deleted");
    expect(await seen(known)).toBeUndefined();
  });
});

describe("an update of a Turso database", () => {
  it("sends only what differs, and nothing when nothing does", async () => {
    const known = await made("calm");
    await cloud.forgetCalls();
    await update(known, { claim: "another-bucket" });
    expect(await mutations()).toEqual([]);
    await update(known, { blockWrites: true });
    expect(await outside.configuration("calm")).toMatchObject({ block_writes: true });
  });

  it("revokes all tokens when the epoch was raised, after the settings and only then", async () => {
    const known = await made("epoch");
    await cloud.forgetCalls();
    const { state } = await update(known, { tokenEpoch: 2, blockWrites: true });
    expect(state).toEqual(known.state);
    expect((await mutations()).map(({ operation }) => operation)).toEqual([
      "PATCH /v1/organizations/{org}/databases/{database}/configuration",
      "POST /v1/organizations/{org}/databases/{database}/auth/rotate",
    ]);
    await cloud.forgetCalls();
    await update({ inputs: { ...known.inputs, tokenEpoch: 2 }, state: known.state }, { tokenEpoch: 1 });
    expect((await mutations()).map(({ operation }) => operation)).not.toContainEqual(expect.stringContaining("rotate"));
  });

  it.each([
    ["a group of the older platform", "database", "older"],
    ["a refusal by Turso", "refused", GROUP],
  ])("revokes nothing where that would take the whole group's tokens: %s", async (_, rotation, group) => {
    await cloud.switches({ "turso.olderLocations": true });
    if (group === "older") await outside.must("POST", "/groups", { name: group, location: "iad" });
    const known = await made(`confined-${group}`, { group });
    const token = (await outside.must("POST", `/databases/confined-${group}/auth/tokens`)) as { jwt: string };
    await cloud.switches({ "turso.rotation": rotation });
    const raised = update(known, { tokenEpoch: 2, blockWrites: true });
    await expect(raised).rejects.toMatchObject({ kind: tursoErrors.TURSO_ROTATES_GROUP });
    await cloud.resetSwitches();
    const client = tursoClient(cloud.descriptor.turso);
    expect(await client.probe(known.state.hostname, token.jwt, {})).toBe("accepted");
    expect(await outside.configuration(`confined-${group}`)).toMatchObject({ block_writes: true });
  });

  it("never touches a database that was made anew by somebody else", async () => {
    const known = await made("taken-over");
    await outside.destroy("taken-over");
    await outside.must("POST", "/databases", { name: "taken-over", group: GROUP });
    const kind = tursoErrors.TURSO_DATABASE_GONE;
    await expect(update(known, { blockWrites: true, tokenEpoch: 2 })).rejects.toMatchObject({ kind });
    expect(await outside.configuration("taken-over")).toMatchObject({ block_writes: false });
    await outside.destroy("taken-over");
    await expect(update(known, { blockWrites: true })).rejects.toMatchObject({ kind });
  });
});

describe("a Turso database with a size limit", () => {
  const policy = (value: string) => cloud.switches({ "turso.sizeLimit": value });
  afterEach(() => cloud.resetSwitches());

  it.each(["kept", "only-at-creation"])("has it from the start where Turso's answer to one is: %s", async (answer) => {
    await policy(answer);
    const known = await made(`limit-${answer}`, { sizeLimit: "1gb" });
    expect(await outside.configuration(known.inputs.name)).toMatchObject({ size_limit: "1000000000" });
    expect(await seen(known)).toEqual({ id: known.inputs.name, ...known });
    expect((await update(known, { sizeLimit: "1000mb" })).lines).toEqual([]);
  });

  const refusal = (name: string) => ({
    kind: tursoErrors.TURSO_NO_SIZE_LIMIT,
    context: { resource: `database ${name}`, tenant: "acme" },
  });

  it("is set up as declared, and then says that it can't have one, where Turso drops it", async () => {
    const failure = await failureOf(type.create(inputsOf("drops", { sizeLimit: "1gb" }), testCall()));
    expect(failure).toBeInstanceOf(HalfDone);
    expect((failure as HalfDone<DatabaseState>).cause).toMatchObject(refusal("drops"));
    expect(String(failure)).toContain("Remove `database.sizeLimit`");
    expect(await outside.configuration("drops")).toMatchObject({ delete_protection: true });
  });

  it("is not made where Turso refuses it at creation", async () => {
    await policy("refused");
    const creation = type.create(inputsOf("refuses", { sizeLimit: "1gb" }), testCall());
    await expect(creation).rejects.toMatchObject(refusal("refuses"));
    expect(await outside.status("/databases/refuses")).toBe(404);
  });

  it("is suspended, unprotected and put right all the same while its limit is refused", async () => {
    const known = await made("late");
    const kind = tursoErrors.TURSO_NO_SIZE_LIMIT;
    const more = { sizeLimit: "1gb", blockReads: true, blockWrites: true, deleteProtection: false };
    await expect(update(known, more)).rejects.toMatchObject({ kind });
    expect(await outside.configuration("late")).toMatchObject({
      block_reads: true,
      block_writes: true,
      delete_protection: false,
    });
  });

  it("has its tokens revoked while its limit is refused, with a warning in place of the error", async () => {
    const known = await made("incident");
    await cloud.forgetCalls();
    const { state, lines } = await update(known, { sizeLimit: "1gb", tokenEpoch: 2 });
    expect(state).toEqual(known.state);
    expect(lines).toEqual([{ severity: "warning", line: expect.stringContaining("TURSO_NO_SIZE_LIMIT") }]);
    expect((await mutations()).map(({ operation }) => operation)).toContainEqual(expect.stringMatching(/rotate$/));
  });

  it("shows a changed one, and puts it right in one call", async () => {
    await policy("kept");
    const known = await made("grown", { sizeLimit: "1gb" });
    await outside.must("PATCH", "/databases/grown/configuration", { size_limit: "2gb" });
    const found = await seen(known);
    expect(found?.inputs).toEqual({ ...known.inputs, sizeLimit: "2gb" });
    await cloud.forgetCalls();
    await update({ ...known, inputs: { ...known.inputs, sizeLimit: "2gb" } }, known.inputs);
    expect(await mutations()).toMatchObject([{ operation: expect.stringMatching("^PATCH"), count: 1 }]);
    expect(await outside.configuration("grown")).toMatchObject({ size_limit: "1000000000" });
  });

  it("does not show one that nobody declared, and takes one over by an import", async () => {
    await policy("kept");
    const known = await made("not-ours");
    await outside.must("PATCH", "/databases/not-ours/configuration", { size_limit: "9gb" });
    expect(await seen(known)).toEqual({ id: "not-ours", ...known });
    expect((await type.read("not-ours", undefined, testCall()))?.inputs).toMatchObject({ sizeLimit: "9gb" });
  });

  it("says that one cannot be removed, leaves it, and is silent where there is none", async () => {
    await policy("kept");
    const known = await made("limited", { sizeLimit: "1gb" });
    const { lines } = await update(known, { sizeLimit: undefined });
    expect(lines).toEqual([{ severity: "warning", line: expect.stringContaining("keeps 1000000000") }]);
    expect(await outside.configuration("limited")).toMatchObject({ size_limit: "1000000000" });
    const plain = await made("never-limited");
    const before = { ...plain, inputs: { ...plain.inputs, sizeLimit: "1gb" } };
    expect((await update(before, { sizeLimit: undefined })).lines).toEqual([]);
  });
});

it.each([true, false])(
  "a Turso database tells its usage, whether Turso leaves out what is 0 or not: %p",
  async (value) => {
    const name = `used-${String(value)}`;
    await made(name);
    await cloud.switches({ "turso.usageWithoutZeros": value });
    const span = { from: new Date(0), to: new Date(86_400_000) };
    const usage = await tursoClient(cloud.descriptor.turso).usage(name, span, { signal: undefined });
    await cloud.resetSwitches();
    expect(usage).toEqual({ storageBytes: expect.any(Number), rowsRead: 0, rowsWritten: expect.any(Number) });
  },
);

describe("a Turso database that gets the other engine", () => {
  const kind = tursoErrors.TURSO_WRONG_ENGINE;
  const wrongEngine = (value: boolean) => cloud.switches({ "turso.wrongEngine": value });
  afterEach(() => cloud.resetSwitches());

  /** One that `create` has made, and of which it has said that its engine is the wrong one. */
  async function madeWrong(name: string) {
    await wrongEngine(true);
    const inputs = inputsOf(name);
    const failure = await failureOf(type.create(inputs, testCall()));
    expect(failure).toBeInstanceOf(HalfDone);
    const { cause, existing } = failure as HalfDone<DatabaseState>;
    expect(cause).toMatchObject({ kind, context: { resource: `database ${name}`, tenant: "acme" } });
    await wrongEngine(false);
    return { inputs, state: existing.state };
  }

  it("is set up as declared, remembered, and an error that says what to do", async () => {
    const { state } = await madeWrong("engine-made");
    expect(state.dbId).toBe(await outside.dbId("engine-made"));
    expect(await outside.configuration("engine-made")).toMatchObject({ delete_protection: true });
  });

  it("shows its engine as drift, and so does an import; libSQL shows nothing", async () => {
    const known = await madeWrong("engine-seen");
    expect((await seen(known))?.inputs).toEqual({ ...known.inputs, engine: "tursodb" });
    expect((await type.read("engine-seen", undefined, testCall()))?.inputs).toMatchObject({ engine: "tursodb" });
    const right = await made("engine-right");
    expect(await seen(right)).toEqual({ id: "engine-right", ...right });
  });

  it("has all its settings changed before an update says so, and its tokens revoked with a warning", async () => {
    const known = await madeWrong("engine-kept");
    await expect(update(known, { allowedIps: ["10.0.0.1"] })).rejects.toMatchObject({ kind });
    expect(await outside.configuration("engine-kept")).toMatchObject({ allowed_ips: ["10.0.0.1"] });
    const { lines } = await update(known, { tokenEpoch: 2 });
    expect(lines).toEqual([{ severity: "warning", line: expect.stringContaining("TursoDB") }]);
  });

  it("is suspended, given up and deleted all the same", async () => {
    const known = await madeWrong("engine-left");
    await update(known, { blockReads: true, blockWrites: true });
    expect(await outside.configuration("engine-left")).toMatchObject({ block_reads: true });
    const { inputs } = await update(known, { deleteProtection: false });
    await type.delete("engine-left", { ...known, inputs }, testCall());
    expect(await outside.databases()).not.toContain("engine-left");
  });
});

describe("a Turso database of which Turso shows how it was some time ago", () => {
  it("is opened all the same", async () => {
    const known = await made("shown-late");
    await cloud.faults({ kind: "stale", operation: "^GET .*/configuration$", skip: 1, times: 1 });
    const { inputs } = await update(known, { blockReads: true, blockWrites: true });
    await update({ ...known, inputs }, { blockReads: false, blockWrites: false });
    expect(await cloud.struck()).toEqual([1]);
    await cloud.faults();
    expect(await outside.configuration("shown-late")).toMatchObject({ block_reads: false, block_writes: false });
  });
});

describe("a Turso database whose name is taken", () => {
  it.each([409, 400, 422])(
    "is adopted under our claim when Turso answers %d, and set up as declared",
    async (status) => {
      const name = `ours-${status}`;
      await outside.must("POST", "/databases", { name, group: GROUP });
      await outside.must("PATCH", `/databases/${name}/configuration`, { block_reads: true, allowed_ips: ["10.0.0.9"] });
      await answerDuplicatesWith(status);
      const claims = listeningClaims({ held: "by-us" });
      const inputs = inputsOf(name);
      const { id, state } = await type.create(inputs, testCall({ claims }));
      expect(claims.asked).toEqual([`bucket-${name} for test/acme`]);
      expect(state.dbId).toBe(await outside.dbId(name));
      expect(await seen({ inputs, state })).toEqual({ id, inputs, state });
    },
  );

  it.each([
    [409, { held: "by-other", who: "ffff/prod/acme" } as const, "ffff/prod/acme"],
    [400, { held: "by-nobody" } as const, "names no owner"],
    [422, { held: "gone" } as const, "does not exist"],
  ])(
    "is left alone without our claim when Turso answers %d, with the line that imports it",
    async (status, claim, words) => {
      const name = `theirs-${status}`;
      await outside.must("POST", "/databases", { name, group: GROUP });
      const before = await outside.configuration(name);
      await answerDuplicatesWith(status);
      const call = testCall({ claims: claimsThatSay(claim), token: "tenantry:turso:Database" });
      await cloud.forgetCalls();
      const failure = await failureOf(type.create(inputsOf(name), call));
      expect(failure).toMatchObject({ kind: tursoErrors.TURSO_NAME_TAKEN, context: { tenant: "acme" } });
      expect(String(failure)).toContain(words);
      expect(String(failure)).toContain(`pulumi import tenantry:turso:Database acme ${name} --stack test`);
      expect(await outside.configuration(name)).toEqual(before);
      expect(await mutations()).toHaveLength(1); // the refused create
    },
  );

  it("is not taken from another group, even under our claim", async () => {
    await outside.must("POST", "/databases", { name: "moved", group: "elsewhere" });
    const failure = await failureOf(type.create(inputsOf("moved"), testCall()));
    expect(failure).toMatchObject({ kind: tursoErrors.TURSO_OTHER_GROUP });
    expect(String(failure)).toContain("elsewhere");
  });

  it("is left alone while the claim cannot be read", async () => {
    await outside.must("POST", "/databases", { name: "unread", group: GROUP });
    const claims = { read: () => Promise.reject(new Error("the bucket does not answer")) };
    await expect(type.create(inputsOf("unread"), testCall({ claims }))).rejects.toThrow("the bucket does not answer");
    expect(await outside.configuration("unread")).toMatchObject({ delete_protection: false });
  });

  it("is waited for while an earlier try is still at work", async () => {
    await answerDuplicatesWith(409);
    const early = outside.must("POST", "/databases", { name: "busy", group: GROUP });
    await sleep(1);
    const { state } = await type.create(inputsOf("busy"), testCall());
    await early.catch(() => undefined);
    expect(state.dbId).toBe(await outside.dbId("busy"));
  });
});

describe("a Turso database, when Turso's answer is lost", () => {
  const creation = "^POST .*/databases$";

  it.each([
    ["a connection that breaks", { kind: "reset" }],
    ["a 500", { kind: "error", status: 500 }],
    ["a 504", { kind: "error", status: 504 }],
  ] as const)("exists once after the effect and %s", async (title, fault) => {
    const name = `lost-${title.replaceAll(/\W+/g, "-")}`;
    await cloud.faults({ operation: creation, when: "after", times: 1, ...fault });
    const claims = listeningClaims({ held: "by-us" });
    const inputs = inputsOf(name);
    const { id, state } = await type.create(inputs, testCall({ claims }));
    expect(claims.asked).toHaveLength(1);
    expect(await seen({ inputs, state })).toEqual({ id, inputs, state });
    expect((await outside.databases()).filter((each) => each === name)).toHaveLength(1);
  });

  it("is not taken over after an ambiguous answer when the claim is not ours", async () => {
    await outside.must("POST", "/databases", { name: "ambiguous", group: GROUP });
    await cloud.faults({ operation: creation, kind: "reset", times: 1 });
    const claims = claimsThatSay({ held: "by-other", who: "somebody" });
    await expect(type.create(inputsOf("ambiguous"), testCall({ claims }))).rejects.toMatchObject({
      kind: tursoErrors.TURSO_NAME_TAKEN,
    });
  });

  it("is tried again after failures before the effect, and given up in the end", async () => {
    await cloud.faults({ operation: creation, kind: "reset", times: 2 });
    await made("third-try");
    await cloud.forgetCalls();
    await cloud.faults({ operation: creation, kind: "error", status: 503 });
    await expect(made("never")).rejects.toMatchObject({ kind: httpErrors.VENDOR_FAILED });
    expect(await mutations()).toMatchObject([{ count: 4 }]);
    expect(await outside.databases()).not.toContain("never");
  });

  it("is remembered when it exists but its settings do not, and the next update sets them", async () => {
    await cloud.faults({ operation: "^PATCH ", kind: "error", status: 400 });
    const inputs = inputsOf("half");
    const failure = await failureOf(type.create(inputs, testCall()));
    expect(failure).toBeInstanceOf(HalfDone);
    const { existing } = failure as HalfDone<DatabaseState>;
    expect(existing).toEqual({ id: "half", state: { dbId: await outside.dbId("half"), hostname: expect.anything() } });
    await cloud.faults();
    await update({ inputs, state: existing.state }, {});
    expect(await outside.configuration("half")).toMatchObject({ delete_protection: true });
  });

  it("is found again by a second create after a crash between its two calls", async () => {
    await cloud.faults({ operation: "^PATCH ", kind: "reset", times: 6 });
    const inputs = inputsOf("crashed");
    const call = testCall();
    const dying = failureOf(type.create(inputs, call));
    while (!(await outside.databases()).includes("crashed")) await sleep(20);
    call.cancel();
    await dying;
    await cloud.faults();
    const { state } = await type.create(inputs, testCall());
    expect(await seen({ inputs, state })).toEqual({ id: "crashed", inputs, state });
  });

  it("gets its settings and loses its tokens although both answers break once", async () => {
    const known = await made("shaky");
    await cloud.faults(
      { operation: "^PATCH ", kind: "reset", when: "after", times: 1 },
      { operation: "rotate$", kind: "error", status: 502, when: "after", times: 1 },
    );
    await update(known, { tokenEpoch: 2, blockWrites: true });
    expect(await outside.configuration("shaky")).toMatchObject({ block_writes: true });
  });

  it("stops at once when the engine cancels", async () => {
    await cloud.faults({ operation: creation, kind: "timeout" });
    const call = testCall();
    const dying = failureOf(type.create(inputsOf("cancelled"), call));
    await sleep(100);
    call.cancel();
    expect(await dying).toMatchObject({ name: "AbortError" });
  });
});

describe("deleting a Turso database", () => {
  it("takes two steps, and is a success when it is gone already", async () => {
    const known = await made("leaving");
    const kind = tursoErrors.TURSO_DELETE_PROTECTED;
    await expect(type.delete("leaving", known, testCall())).rejects.toMatchObject({ kind });
    const { inputs } = await update(known, { deleteProtection: false });
    await type.delete("leaving", { inputs, state: known.state }, testCall());
    expect(await outside.status("/databases/leaving")).toBe(404);
    await type.delete("leaving", { inputs, state: known.state }, testCall());
    await type.delete("leaving", known, testCall());
  });

  it("is refused when only one of Turso and the declaration protects it", async () => {
    const known = await made("one-side");
    const kind = tursoErrors.TURSO_DELETE_PROTECTED;
    const undeclared = { ...known, inputs: { ...known.inputs, deleteProtection: false } };
    await expect(type.delete("one-side", undeclared, testCall())).rejects.toMatchObject({ kind });
    await outside.must("PATCH", "/databases/one-side/configuration", { delete_protection: false });
    await expect(type.delete("one-side", known, testCall())).rejects.toMatchObject({ kind });
    expect(await outside.status("/databases/one-side")).toBe(200);
  });

  it.each(["409", "400", "422", "423"])(
    "is refused, and says why, when the group is protected, whether Turso answers %s",
    async (status) => {
      await cloud.switches({ "turso.deleteProtected": status });
      const known = await made(`covered-${status}`, { deleteProtection: false });
      await outside.must("PATCH", `/groups/${GROUP}/configuration`, { delete_protection: true });
      const failure = await failureOf(type.delete(`covered-${status}`, known, testCall()));
      await cloud.resetSwitches();
      await outside.must("PATCH", `/groups/${GROUP}/configuration`, { delete_protection: false });
      expect(failure).toMatchObject({ kind: tursoErrors.TURSO_DELETE_PROTECTED });
      expect(String(failure)).toContain(`group ${GROUP} is protected`);
    },
  );

  it("never deletes one that was made anew by somebody else", async () => {
    const known = await made("other", { deleteProtection: false });
    await outside.destroy("other");
    await outside.must("POST", "/databases", { name: "other", group: GROUP });
    await expect(type.delete("other", known, testCall())).rejects.toMatchObject({
      kind: tursoErrors.TURSO_DATABASE_GONE,
    });
    expect(await outside.status("/databases/other")).toBe(200);
  });

  it("succeeds when its answer was lost", async () => {
    const known = await made("lost", { deleteProtection: false });
    await cloud.faults({ operation: "^DELETE ", kind: "reset", when: "after", times: 1 });
    await type.delete("lost", known, testCall());
    expect(await outside.status("/databases/lost")).toBe(404);
  });
});

describe("the inputs of a Turso database", () => {
  it("have safe defaults", () => {
    const { tenant, claim, name, group } = inputsOf("a");
    expect(type.inputs.parse({ tenant, claim, name, group })).toEqual(inputsOf("a"));
  });

  it.each([
    ["the same in other words", "1gb", "1000000000", "1000000000"],
    ["the same as a number", 1_000_000_000, "1gb", "1gb"],
    ["another size", "2gb", "1gb", "2gb"],
    ["what only looks alike", "1gib", "1gb", "1gib"],
    ["none any more", undefined, "1gb", undefined],
    ["a first one", "1gb", undefined, "1gb"],
    ["one that is not known yet", Unknown.value, "1gb", Unknown.value],
  ])("keep the stored spelling of a size limit: %s", (_, now, old, kept) => {
    const olds = inputsOf("a", { sizeLimit: old });
    const news = { ...inputsOf("a"), sizeLimit: now as string };
    expect(type.check?.(news, olds, () => new Date())).toEqual({ ...news, sizeLimit: kept });
    expect(type.check?.(news, undefined, () => new Date())).toEqual(news);
  });

  it.each([
    ["sizeLimit", "1 gigabyte"],
    ["sizeLimit", 0],
    ["sizeLimit", "0gb"],
    ["tokenEpoch", 0],
    ["allowedIps", "10.0.0.1"],
    ["seed", { type: "database_upload" }],
    ["name", "UPPER"],
    ["size_limit", "1gb"],
  ])("refuse %s: %j", (key, value) => {
    expect(type.inputs.safeParse({ ...inputsOf("a"), [key]: value }).success).toBe(false);
  });
});
