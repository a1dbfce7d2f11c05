import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";

import { filesAmong } from "../../../operations/files/sync/bucket-listing.ts";
import type { Base } from "../../../operations/files/sync/sync-memory.ts";
import {
  conflictPath,
  type Direction,
  syncPlan,
  type SyncPlan,
  unsurePaths,
} from "../../../operations/files/sync/sync-plan.ts";
import type { Files, Listing, Version } from "../../../operations/files/sync/version.ts";

const [A, B, C] = ["a", "b", "c"].map((digit) => ({ size: 5, id: digit.repeat(32) })) as [Version, Version, Version];
const inParts = (digit: string, size = 5) => ({ size, id: `${digit.repeat(32)}-3` });
const both = (version: Version) => ({ local: version.id, remote: version.id });

const listing = (files: Files): Listing => ({ files, skipped: new Map(), ignored: [] });

interface Case {
  readonly local?: Version | undefined;
  readonly remote?: Version | undefined;
  readonly base?: { local?: string | undefined; remote?: string | undefined } | undefined;
}

function stateOf(direction: Direction, { local, remote, base }: Case) {
  const map = <V>(value: V | undefined) => new Map<string, V>(value === undefined ? [] : [["f", value]]);
  return { direction, local: listing(map(local)), remote: listing(map(remote)), base: map(base) as Base, label: "bob" };
}

/** Where the one file of a case lands in the plan. */
function fate(direction: Direction, one: Case): string {
  const plan = syncPlan(stateOf(direction, one));
  const kinds = (Object.keys(plan) as (keyof SyncPlan)[]).filter((kind) => plan[kind].length > 0);
  return kinds.join() || "nothing";
}

describe("a plan of pull and push", () => {
  it.each<[string, Case, string, string]>([
    ["only in the bucket", { remote: A }, "created", "nothing"],
    ["only in the folder", { local: A }, "nothing", "created"],
    ["the same without a base", { local: A, remote: A }, "same", "same"],
    ["different without a base", { local: A, remote: B }, "conflicts", "conflicts"],
    ["changed in the bucket only", { local: A, remote: B, base: both(A) }, "updated", "nothing"],
    ["changed in the folder only", { local: B, remote: A, base: both(A) }, "nothing", "updated"],
    ["changed on both sides", { local: B, remote: C, base: both(A) }, "conflicts", "conflicts"],
    ["changed on both sides to the same", { local: B, remote: B, base: both(A) }, "same", "same"],
    ["deleted in the bucket", { local: A, base: both(A) }, "gone", "deletedThere"],
    ["deleted in the bucket, changed in the folder", { local: B, base: both(A) }, "kept", "created"],
    ["deleted in the folder", { remote: A, base: both(A) }, "created", "gone"],
    ["deleted in the folder, changed in the bucket", { remote: B, base: both(A) }, "created", "kept"],
    [
      "a conflict that a pull has brought here",
      { local: B, remote: C, base: { local: A.id, remote: C.id } },
      "nothing",
      "updated",
    ],
    [
      "unchanged, uploaded in parts",
      { local: A, remote: inParts("d"), base: { local: A.id, remote: inParts("d").id } },
      "nothing",
      "nothing",
    ],
    [
      "uploaded anew in parts, same size",
      { local: A, remote: inParts("e"), base: { local: A.id, remote: inParts("d").id } },
      "updated",
      "nothing",
    ],
  ])("%s", (_, one, pulled, pushed) => {
    expect([fate("pull", one), fate("push", one)]).toEqual([pulled, pushed]);
  });

  it("knows which files only reading tells apart: of one size, in parts, and without a base", () => {
    const unsure = (one: Case) => unsurePaths(stateOf("pull", one));
    expect(unsure({ local: A, remote: inParts("d") })).toEqual(["f"]);
    expect(unsure({ local: A, remote: inParts("d", 6) })).toEqual([]);
    expect(unsure({ local: A, remote: B })).toEqual([]);
  });

  it("never takes a version away that the other side has not had", () => {
    const version = fc.constantFrom(undefined, A, B, C);
    const ids = fc.constantFrom(undefined, A.id, B.id, C.id);
    const oneCase = fc.record({ local: version, remote: version, base: fc.record({ local: ids, remote: ids }) });
    const property = fc.property(fc.constantFrom<Direction>("pull", "push"), oneCase, (direction, one) => {
      const plan = syncPlan(stateOf(direction, one));
      const target = direction === "pull" ? one.local?.id : one.remote?.id;
      const known = direction === "pull" ? one.base.local : one.base.remote;
      expect(plan.updated.length + plan.gone.length === 0 || target === known).toBe(true);
    });
    fc.assert(property);
  });

  it("names a conflict file by whose it is and what it holds, so that the same conflict has the same name again", () => {
    expect(conflictPath("notes/a.tar.gz", "bucket", A)).toBe("notes/a.tar.conflict-bucket-aaaaaaaa.gz");
    expect(conflictPath(".env", "bob", B)).toBe(".env.conflict-bob-bbbbbbbb");
    const [name, files] = ["f.conflict-bob-bbbbbbbb", { local: listing(new Map([["f", B]])), base: new Map() as Base }];
    const named = (copy: Version) => {
      const remote = listing(
        new Map([
          ["f", C],
          [name, copy],
        ]),
      );
      return syncPlan({ direction: "push", ...files, remote, label: "bob" }).conflicts[0]?.as;
    };
    expect(named(B)).toBe(name);
    expect(named(A)).toBe(`f.conflict-bob-${B.id}`);
  });
});

describe("the names of a bucket's objects", () => {
  it("never lead out of the folder, and what can be no file is named with its reason", () => {
    const bad = ["../out", "a/../../out", "/etc/passwd", "a//b", "a/./b", "a\\b", "line\nbreak", "nul\0"];
    const good = ["a/b.md", "ünï cödé/…", "..a/b..", "-rf", "*", "x"];
    const keys = [...bad, ...good, "x/below", "folder/", ".tenantry/local.json"];
    const { files, skipped } = filesAmong(new Map(keys.map((key) => [key, A])));
    expect([...files.keys()]).toEqual([...good.filter((key) => key !== "x"), "x/below"]);
    expect([...skipped.keys()]).toEqual([...bad, "x", "folder/"]);
  });
});
