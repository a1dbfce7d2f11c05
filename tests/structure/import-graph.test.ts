import { join } from "node:path";

import { describe, expect, it } from "@jest/globals";

import { againstTheOrder, circlesIn, importsOf, ORDER, roomOf } from "../../tools/import-graph.ts";

const arrows = importsOf(join(import.meta.dirname, "../.."));
describe("the rooms of the code", () => {
  it("hold every file of the product, and each room has one", () => {
    const rooms = new Set(arrows.flatMap(({ from, to }) => [roomOf(from), roomOf(to)]));
    expect([...rooms].sort()).toEqual(ORDER.flat().sort());
  });

  it("import only from rooms below them, so no vendor's room from another's, and nothing from the command line", () => {
    expect(againstTheOrder(arrows)).toEqual([]);
  });

  it("keep the embedded cloud and the provider apart, so that neither's fault hides the other's", () => {
    expect(arrows.filter(({ from, to }) => from.startsWith("local/") && to.startsWith("provider/"))).toEqual([]);
  });

  it("have no files that import each other in a circle, not even for a type", () => {
    expect(circlesIn(arrows)).toEqual([]);
  });

  it.each([
    ["provider/fly/client.ts", "provider/tigris/client.ts"],
    ["operations/engine/steps.ts", "operations/report/page.ts"],
    ["operations/drift/report.ts", "operations/review/model.ts"],
    ["stack/context.ts", "cli/up.ts"],
    ["provider/fly/app.ts", "local/fly/apps.ts"],
  ])("do not allow %s to import %s", (from, to) => {
    expect(againstTheOrder([...arrows, { from, to }])).toEqual([{ from, to }]);
  });

  it("show a circle of any length", () => {
    const circle = ["a.ts", "b.ts", "c.ts"].map((from, at, all) => ({ from, to: all[(at + 1) % 3] ?? "" }));
    expect(circlesIn(circle)).toEqual([["a.ts", "b.ts", "c.ts"]]);
    expect(circlesIn(circle.slice(1))).toEqual([]);
  });
});
