import { afterAll, afterEach, beforeAll, describe, expect, it } from "@jest/globals";

import { httpErrors } from "../../../provider/http/errors.ts";
import { HalfDone } from "../../../provider/plugin/resource-type.ts";
import { tursoClient } from "../../../provider/turso/client.ts";
import { tursoErrors } from "../../../provider/turso/errors.ts";
import { type GroupInputs, groupType } from "../../../provider/turso/group.ts";
import { testCall } from "../../support/call.ts";
import { startCloud, type TestCloud } from "../../support/cloud.ts";
import { failureOf, stranger } from "./platform.ts";

let cloud: TestCloud;
let outside: ReturnType<typeof stranger>;
let type: ReturnType<typeof groupType>;

beforeAll(async () => {
  cloud = await startCloud({ vendors: ["turso"] });
  outside = stranger(cloud.descriptor.turso);
  type = groupType(tursoClient(cloud.descriptor.turso));
});
afterAll(() => cloud.dispose());
afterEach(() => cloud.faults());

const inputs = (name: string, more: Partial<GroupInputs> = {}): GroupInputs => ({
  name,
  location: "aws-us-east-1",
  deleteProtection: true,
  ...more,
});
const protectionOf = (name: string) => outside.must("GET", `/groups/${name}/configuration`);

describe("a Turso group", () => {
  it("is made, protected, and reads back exactly as declared", async () => {
    const made = await type.create(inputs("first"), testCall());
    expect(made).toEqual({ id: "first", state: {} });
    expect(await protectionOf("first")).toEqual({ delete_protection: true });
    expect(await type.read("first", { inputs: inputs("first"), state: {} }, testCall())).toEqual({
      id: "first",
      inputs: inputs("first"),
      state: {},
    });
  });

  it("is read in its location, in whichever form Turso tells the primary one", async () => {
    await outside.must("POST", "/groups", { name: "formed", location: "aws-us-east-2" });
    const locationRead = async () => (await type.read("formed", undefined, testCall()))?.inputs.location;
    expect(await locationRead()).toBe("aws-us-east-2");
    await cloud.switches({ "turso.barePrimary": true });
    expect(await locationRead()).toBe("aws-us-east-2");
    await cloud.resetSwitches();
  });

  it("is imported by its name with every setting", async () => {
    await outside.must("POST", "/groups", { name: "imported", location: "aws-eu-west-1" });
    expect(await type.read("imported", undefined, testCall())).toEqual({
      id: "imported",
      inputs: inputs("imported", { location: "aws-eu-west-1", deleteProtection: false }),
      state: {},
    });
  });

  it("is absent when Turso says so", async () => {
    expect(await type.read("absent", undefined, testCall())).toBeUndefined();
  });

  it("is adopted in the same location, with its protection put right", async () => {
    await outside.must("POST", "/groups", { name: "ours", location: "aws-us-east-1" });
    expect(await type.create(inputs("ours"), testCall())).toEqual({ id: "ours", state: {} });
    expect(await protectionOf("ours")).toEqual({ delete_protection: true });
  });

  it("is never taken from another location", async () => {
    await outside.must("POST", "/groups", { name: "far", location: "aws-eu-west-1" });
    await expect(type.create(inputs("far"), testCall())).rejects.toMatchObject({ kind: tursoErrors.TURSO_GROUP_TAKEN });
    expect(await protectionOf("far")).toEqual({ delete_protection: false });
  });

  it("shows that somebody lifted its protection, and an update puts it back", async () => {
    await type.create(inputs("lifted"), testCall());
    await outside.must("PATCH", "/groups/lifted/configuration", { delete_protection: false });
    const known = { inputs: inputs("lifted"), state: {} };
    const seen = await type.read("lifted", known, testCall());
    expect(seen?.inputs).toEqual(inputs("lifted", { deleteProtection: false }));
    await type.update?.("lifted", { inputs: seen?.inputs ?? known.inputs, state: {} }, inputs("lifted"), testCall());
    expect(await protectionOf("lifted")).toEqual({ delete_protection: true });
  });

  it("is deleted in two steps only, and deleting it again is a success", async () => {
    await type.create(inputs("leaving"), testCall());
    const protectedOne = { inputs: inputs("leaving"), state: {} };
    const refused = type.delete("leaving", protectedOne, testCall());
    await expect(refused).rejects.toMatchObject({ kind: tursoErrors.TURSO_DELETE_PROTECTED });
    const free = { inputs: inputs("leaving", { deleteProtection: false }), state: {} };
    await expect(type.delete("leaving", free, testCall())).rejects.toMatchObject({
      kind: tursoErrors.TURSO_DELETE_PROTECTED,
    });
    await type.update?.("leaving", protectedOne, free.inputs, testCall());
    await type.delete("leaving", free, testCall());
    await type.delete("leaving", free, testCall());
    expect(await outside.status("/groups/leaving")).toBe(404);
  });

  it("is not deleted while a database is in it", async () => {
    const free = { inputs: inputs("full", { deleteProtection: false }), state: {} };
    await type.create(free.inputs, testCall());
    await outside.must("POST", "/databases", { name: "inside", group: "full" });
    const failure = await failureOf(type.delete("full", free, testCall()));
    expect(failure).toMatchObject({ kind: tursoErrors.TURSO_GROUP_NOT_EMPTY });
    expect(String(failure)).toContain("inside");
    expect(await outside.databases()).toContain("inside");
  });
});

describe("a Turso group, when Turso's answer is lost", () => {
  it.each(["reset", "error"] as const)("exists once after a %s that came after the effect", async (kind) => {
    await cloud.faults({ operation: "^POST .*/groups$", kind, when: "after", times: 1 });
    expect(await type.create(inputs(`lost-${kind}`), testCall())).toEqual({ id: `lost-${kind}`, state: {} });
    expect(await protectionOf(`lost-${kind}`)).toEqual({ delete_protection: true });
  });

  it("exists once after a 503 that came before the effect", async () => {
    await cloud.faults({ operation: "^POST .*/groups$", kind: "error", status: 503, times: 2 });
    expect(await type.create(inputs("again"), testCall())).toEqual({ id: "again", state: {} });
  });

  it("is remembered when it exists but could not be protected, and the next update protects it", async () => {
    await cloud.faults({ operation: "^PATCH ", kind: "error", status: 400 });
    const failure = await failureOf(type.create(inputs("half"), testCall()));
    expect(failure).toBeInstanceOf(HalfDone);
    expect((failure as HalfDone<object>).existing).toEqual({ id: "half", state: {} });
    await cloud.faults();
    await type.update?.("half", { inputs: inputs("half"), state: {} }, inputs("half"), testCall());
    expect(await protectionOf("half")).toEqual({ delete_protection: true });
  });

  it("is unknown, not gone, when Turso fails, when the organisation is misspelt or the token is refused", async () => {
    const known = { inputs: inputs("first"), state: {} };
    const elsewhere = groupType(tursoClient({ ...cloud.descriptor.turso, organization: "misspelt" }));
    await expect(elsewhere.read("first", known, testCall())).rejects.toMatchObject({ kind: httpErrors.VENDOR_FAILED });
    await expect(elsewhere.delete("first", known, testCall())).rejects.toMatchObject({
      kind: httpErrors.VENDOR_FAILED,
    });
    const stale = groupType(tursoClient({ ...cloud.descriptor.turso, token: "stale" }));
    await expect(stale.read("first", known, testCall())).rejects.toMatchObject({
      kind: httpErrors.VENDOR_UNAUTHORIZED,
    });
    await cloud.faults({ operation: "^GET ", kind: "error", status: 400 });
    await expect(type.read("first", known, testCall())).rejects.toMatchObject({ kind: httpErrors.VENDOR_FAILED });
  });
});

describe("the inputs of a Turso group", () => {
  it("are protected by default", () => {
    expect(type.inputs.parse({ name: "a", location: "aws-us-east-1" })).toEqual(inputs("a"));
  });

  it("are refused all at once when they are wrong", () => {
    const parsed = type.inputs.safeParse({ name: "../groups/x", location: "Virginia", protect: true });
    expect(parsed.error?.issues.map(({ path }) => path.join("."))).toEqual(["name", "location", ""]);
  });

  it("leave room for the organisation's slug in a DNS label", () => {
    const longest = 62 - cloud.descriptor.turso.organization.length;
    const named = (length: number) => type.inputs.safeParse({ name: "a".repeat(length), location: "x" }).success;
    expect([named(longest), named(longest + 1)]).toEqual([true, false]);
  });

  it.each(["..", "", "a/b", "a?b", "-a"])("never reach Turso as the id %j of an import", async (id) => {
    await expect(type.read(id, undefined, testCall())).rejects.toMatchObject({ kind: tursoErrors.TURSO_NAME_INVALID });
  });
});
